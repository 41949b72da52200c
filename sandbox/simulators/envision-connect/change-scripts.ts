import type { AgentChange, ChangeAgent } from "./change-agent.ts";
import type { ChangeState } from "./changes.ts";

/**
 * How changes run at Ensono, act by act: one script for each of the guide's flow diagrams, and one for each row of its
 * "Normal Change Scenarios". A script knows nothing of the client but when its answer is waited for.
 */

export type ChangeAct =
  | { label: string; ensono: (agent: ChangeAgent, changeNumber: string) => void }
  | { label: string; client: "approve" | "reject" };

export interface ChangeScript {
  name: string;
  /** What the agent opens the change with. */
  opens: AgentChange;
  acts: readonly ChangeAct[];
  /** Where the change stands at Ensono in the end. */
  ends: { state: ChangeState; closeCode?: string };
  /** What the guide has the client do with its own change in the end. */
  clientChange: "closes" | "is cancelled" | "is cancelled, a new one is created" | "stays as it is";
}

const submit: ChangeAct = {
  label: "Ensono submits the change",
  ensono: (agent, changeNumber) => agent.submit(changeNumber),
};
const submitAgain: ChangeAct = { ...submit, label: "Ensono submits the change again" };
const approve: ChangeAct = { label: "the client approves", client: "approve" };
const reject: ChangeAct = { label: "the client rejects", client: "reject" };
const move = (state: Exclude<ChangeState, "Closed">, label = `Ensono moves the change to ${state}`): ChangeAct => ({
  label,
  ensono: (agent, changeNumber) => agent.moveChange(changeNumber, state),
});
type CloseCode = "Successful" | "Successful with issues" | "Unsuccessful";
const close = (closeCode: CloseCode, closeNotes: string): ChangeAct => ({
  label: `Ensono closes the change as ${closeCode}`,
  ensono: (agent, changeNumber) => agent.moveChange(changeNumber, "Closed", { closeNotes, closeCode }),
});
const closed = (closeCode: CloseCode) => ({ state: "Closed", closeCode }) as const;

const normal = (shortDescription: string): AgentChange => ({
  type: "Normal",
  shortDescription,
  description: "Replace the fans of the core switch, one after the other.",
  justification: "Two fans are past their lifetime.",
  implementationPlan: "Swap the first fan, watch the temperature for ten minutes, swap the second.",
  testPlan: "Read the temperatures, look for alarms.",
  backoutPlan: "Put the old fan back in.",
  risk: "Moderate",
});
const standard: AgentChange = {
  type: "Standard",
  shortDescription: "Monthly patches",
  description: "Patches of the month for the web servers, as every month.",
  category: "Patching",
};
const emergency = (shortDescription: string): AgentChange => ({
  type: "Emergency",
  shortDescription,
  description: "The certificate of the gateway has been compromised.",
  risk: "High",
  impact: "High",
  priority: "1",
});

const implementing = [move("Scheduled"), move("Implement"), move("Review")];
/** What follows the client's approval: Ensono's own approvers, then the work. */
const goingOn = [move("Authorize"), ...implementing];

export const flowScripts = {
  normalApproved: {
    name: "Normal change, approved",
    opens: normal("Fans of the core switch"),
    acts: [submit, approve, ...goingOn, close("Successful", "Both fans replaced.")],
    ends: closed("Successful"),
    clientChange: "closes",
  },
  normalRejected: {
    name: "Normal change, rejected",
    opens: normal("Fans of the core switch, in office hours"),
    acts: [submit, reject, move("New", "Ensono moves the change back to Draft")],
    ends: { state: "New" },
    clientChange: "is cancelled",
  },
  standard: {
    name: "Standard change",
    opens: standard,
    acts: [submit, move("Implement"), move("Review"), close("Successful", "All servers patched.")],
    ends: closed("Successful"),
    clientChange: "closes",
  },
  /** The work is all but done when the client hears of it. */
  emergencyOption1: {
    name: "Emergency change, option 1",
    opens: emergency("Certificate of the gateway, already replaced"),
    acts: [submit, move("Implement"), move("Review"), close("Successful", "Certificate replaced.")],
    ends: closed("Successful"),
    clientChange: "closes",
  },
  /** The client's own review comes afterwards and is not sent to Ensono. */
  emergencyOption2: {
    name: "Emergency change, option 2",
    opens: emergency("Certificate of the gateway"),
    acts: [submit, ...implementing, close("Successful with issues", "Replaced; one node had to be restarted.")],
    ends: closed("Successful with issues"),
    clientChange: "closes",
  },
} as const satisfies Record<string, ChangeScript>;

/** The rows of the guide's "Normal Change Scenarios", in its order. */
export const normalChangeScenarios: readonly ChangeScript[] = [
  {
    name: "Approve, implement successful",
    opens: normal("Scenario 1"),
    acts: [submit, approve, ...goingOn, close("Successful", "Done as planned.")],
    ends: closed("Successful"),
    clientChange: "closes",
  },
  {
    name: "Approve, implement successful with issues",
    opens: normal("Scenario 2"),
    acts: [submit, approve, ...goingOn, close("Successful with issues", "Took an hour longer.")],
    ends: closed("Successful with issues"),
    clientChange: "closes",
  },
  {
    name: "Approve, implement failure",
    opens: normal("Scenario 3"),
    acts: [submit, approve, ...goingOn, close("Unsuccessful", "Backed out.")],
    ends: closed("Unsuccessful"),
    clientChange: "closes",
  },
  {
    name: "Approve, reject, move to New",
    opens: normal("Scenario 4"),
    acts: [submit, approve, move("Authorize"), move("New", "Ensono's own approvers reject; the change goes to New")],
    ends: { state: "New" },
    clientChange: "is cancelled",
  },
  {
    name: "Approve, cancelled",
    opens: normal("Scenario 5"),
    acts: [submit, approve, move("Cancelled")],
    ends: { state: "Cancelled" },
    clientChange: "is cancelled",
  },
  {
    name: "Approve, move to New",
    opens: normal("Scenario 6"),
    acts: [submit, approve, move("New")],
    ends: { state: "New" },
    clientChange: "is cancelled",
  },
  {
    name: "Approve, moved to New, then set to Assess again",
    opens: normal("Scenario 7"),
    acts: [submit, approve, move("New"), submitAgain],
    ends: { state: "Assess" },
    clientChange: "is cancelled, a new one is created",
  },
  {
    name: "Reject, cancelled",
    opens: normal("Scenario 8"),
    acts: [submit, reject, move("Cancelled")],
    ends: { state: "Cancelled" },
    clientChange: "stays as it is",
  },
  {
    name: "Reject, move to New",
    opens: normal("Scenario 9"),
    acts: [submit, reject, move("New")],
    ends: { state: "New" },
    clientChange: "is cancelled",
  },
  {
    name: "Reject, moved to New, then set to Assess again",
    opens: normal("Scenario 10"),
    acts: [submit, reject, move("New"), submitAgain],
    ends: { state: "Assess" },
    clientChange: "is cancelled, a new one is created",
  },
];

export interface ScriptWalk {
  agent: ChangeAgent;
  /** Sees to it that the client's answer reaches Ensono. */
  answer: (answer: "approve" | "reject", changeNumber: string) => Promise<void>;
  /** Called after each act, the opening included: the moment to wait until both sides are in step. */
  afterAct?: (label: string, changeNumber: string) => Promise<void>;
}

/** Opens the change and walks the script to its end. Gives the change's number. */
export async function walkChangeScript(script: ChangeScript, { agent, answer, afterAct }: ScriptWalk): Promise<string> {
  const changeNumber = agent.openChange(script.opens);
  await afterAct?.("Ensono opens the change", changeNumber);
  for (const act of script.acts) {
    if ("ensono" in act) act.ensono(agent, changeNumber);
    else await answer(act.client, changeNumber);
    await afterAct?.(act.label, changeNumber);
  }
  return changeNumber;
}
