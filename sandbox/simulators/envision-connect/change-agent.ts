import * as z from "zod";
import { type ActOn, sendPublicFiles } from "./attachments.ts";
import { approvalRequestTransaction, changeCreateTransaction, changeMoveTransaction } from "./change-transactions.ts";
import {
  approverSchema,
  type ChangeRecord,
  changeCloseCodeSchema,
  changeStateSchema,
  changeTypeSchema,
  moveChange,
  submitChange,
} from "./changes.ts";
import type { Ensono } from "./ensono.ts";
import { newSysId } from "./sys-id.ts";
import { type Instance, TicketRefusal, utcSeconds } from "./tickets.ts";

/** What someone at Ensono does with changes, which only Ensono starts (guide, "Change Integration"). */

const HOUR = 60 * 60 * 1000;
const utc = z.iso.datetime({ error: "must be UTC, such as 2023-02-08T16:25:48Z." }).optional();

export const agentChangeSchema = z.strictObject({
  type: changeTypeSchema.default("Normal"),
  shortDescription: z.string(),
  description: z.string(),
  /** The external approvers: an approval group of the client, usually one. */
  approvers: z.array(approverSchema).default([{ name: "Default User", email: "noreply@client.com" }]),
  group: z.string().default("CLIENT - Ensono Other"),
  ensonoGroup: z.string().default("Platform BPMDevandSupport"),
  requestedByName: z.string().default("Ensono User"),
  category: z
    .enum([
      "Hardware",
      "Software",
      "Service",
      "System Software",
      "Applications Software",
      "Network",
      "Telecom",
      "Documentation",
      "Patching",
      "Removal",
      "Other",
    ])
    .default("Other"),
  /** Default: in a day. */
  startDate: utc,
  /** Default: two hours after it begins. */
  endDate: utc,
  risk: z.enum(["Low", "Moderate", "High"]).default("Low"),
  impact: z.enum(["Low", "Medium", "High"]).default("Low"),
  priority: z.enum(["1", "2", "3", "4"]).default("4"),
  justification: z.string().default(""),
  preChangeChecks: z.string().default(""),
  implementationPlan: z.string().default(""),
  testPlan: z.string().default(""),
  backoutPlan: z.string().default(""),
  cis: z.string().default(""),
});
export type AgentChange = z.input<typeof agentChangeSchema>;

/** Closing needs `closeNotes`; everything else takes none. `Draft` is another name of New. */
export const agentMoveSchema = z.discriminatedUnion("state", [
  z.strictObject({
    state: z.literal("Closed"),
    closeNotes: z.string().min(1),
    closeCode: changeCloseCodeSchema.default("Successful"),
  }),
  z.strictObject({
    state: z
      .enum([...changeStateSchema.exclude(["Closed"]).options, "Draft"])
      .transform((state) => (state === "Draft" ? "New" : state)),
  }),
]);
export type AgentMove = z.input<typeof agentMoveSchema>;
/** `closeNotes` is required, and only allowed, for Closed; `closeCode` is Successful when left out. */
export type AgentChangeClosure = Partial<Omit<Extract<AgentMove, { state: "Closed" }>, "state">>;

/** Every method throws as the agent's others do. */
export interface ChangeAgent {
  /** A draft, of which the client hears nothing. Gives the change's number. */
  openChange(fields: AgentChange): string;
  /** Out of New: tells the client, asks the external approvers of a Normal change, and sends the public files. */
  submit(changeNumber: string): void;
  /** To any other state; to New, by whichever name, is a redraft. Nothing is sent of a draft that was never submitted. */
  moveChange(changeNumber: string, state: AgentMove["state"], closure?: AgentChangeClosure): void;
}

export function createChangeAgent(ensono: Ensono, instance: Instance, actOn: ActOn, onChange: () => void): ChangeAgent {
  const { clientName, now } = ensono;
  const actOnChange = (changeNumber: string, act: (change: ChangeRecord) => void): void =>
    actOn(changeNumber, (holder) => {
      if (holder.ticketType !== "Change") throw new TicketRefusal(`${changeNumber} is not a change.`);
      act(holder);
    });

  return {
    openChange: (fields) => {
      const { startDate, endDate, ...others } = agentChangeSchema.parse(fields);
      const start = startDate ?? utcSeconds(now() + 24 * HOUR);
      const change = ensono.openChange(instance, {
        ...others,
        startDate: start,
        endDate: endDate ?? utcSeconds(Date.parse(start) + 2 * HOUR),
      });
      onChange();
      return change.ticketNumber;
    },
    submit: (changeNumber) =>
      actOnChange(changeNumber, (change) => {
        const approvals = submitChange(change, newSysId, now());
        ensono.send(change.instance, changeCreateTransaction(clientName, change));
        for (const approval of approvals)
          ensono.send(change.instance, approvalRequestTransaction(clientName, change, approval));
        sendPublicFiles(ensono, change);
      }),
    moveChange: (changeNumber, state, closure) =>
      actOnChange(changeNumber, (change) => {
        const hasMoved = moveChange(change, agentMoveSchema.parse({ state, ...closure }), now());
        if (hasMoved && change.isKnownToClient) ensono.send(change.instance, changeMoveTransaction(clientName, change));
      }),
  };
}
