import * as z from "zod";
import { type Agent, agentCommentSchema, agentEditSchema, closingSchema, openingSchema } from "./agent.ts";
import { approvalAnswerSchema } from "./agent-approvals.ts";
import { attachingSchema } from "./agent-attachments.ts";
import { type Faults, faultSchema } from "./faults.ts";
import { type Bridge, bridgeSchema } from "./outbox.ts";
import { ProblemError, readJson } from "./problem.ts";
import { type Behaviour, type BehaviourChange, behaviourChangeSchema, type ClientItsmState } from "./state.ts";
import type { Tickets } from "./tickets.ts";
import { type Answer, jsonAnswer } from "./webhook-receiver.ts";

const nothing = z.strictObject({});

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly answer: (body: string, ticketNumber: string) => Promise<Answer>;
}

const route = <Schema extends z.ZodType>(
  method: string,
  path: string,
  schema: Schema,
  handle: (input: z.infer<Schema>, ticketNumber: string) => unknown,
): Route => ({
  method,
  path: new RegExp(`^/_admin${path.replace("{number}", "([^/]+)")}$`),
  answer: async (body, number) => {
    const result = await handle(readJson(schema, body), number);
    return result === undefined ? { status: 204, body: "" } : jsonAnswer(200, result);
  },
});

/**
 * Lets a person with `curl`, or a test, look into the ITSM, act as its agent and break it: everything under `/_admin`. Changes
 * are tickets. Input that is wrong is answered 400 and names the field.
 */
export const createAdminApi = (deps: {
  state: ClientItsmState;
  tickets: Tickets;
  agent: Agent;
  faults: Faults;
  behaviour: () => Behaviour;
  behave: (change: BehaviourChange) => void;
  setBridge: (bridge: Bridge) => void;
}) => {
  const { agent, faults, state, tickets } = deps;
  const routes: readonly Route[] = [
    route("GET", "/tickets", nothing, () => tickets.all()),
    route("GET", "/tickets/{number}", nothing, (_, number) => tickets.ticketOf(number)),
    route("POST", "/tickets", openingSchema, ({ ticket, ...options }) => agent.open(ticket, options)),
    route("PATCH", "/tickets/{number}", agentEditSchema, ({ ticket, comments }, number) =>
      agent.update(number, ticket, comments),
    ),
    route("POST", "/tickets/{number}/comments", agentCommentSchema, (comment, number) =>
      agent.comment(number, comment),
    ),
    route("POST", "/tickets/{number}/resolve", closingSchema, (closing, number) => agent.resolve(number, closing)),
    route("POST", "/tickets/{number}/close", closingSchema, (closing, number) => agent.close(number, closing)),
    route("POST", "/tickets/{number}/reopen", nothing, (_, number) => agent.reopen(number)),
    route("POST", "/tickets/{number}/approve", approvalAnswerSchema, (answer, number) => agent.approve(number, answer)),
    route("POST", "/tickets/{number}/reject", approvalAnswerSchema, (answer, number) => agent.reject(number, answer)),
    route("POST", "/tickets/{number}/attachments", attachingSchema, ({ by, ...file }, number) =>
      agent.attach(number, file, { by }),
    ),
    route("GET", "/open-changes", nothing, () => tickets.all().filter(({ phase }) => phase === "open")),
    route("GET", "/deliveries", nothing, () => state.deliveries),
    route("GET", "/effects", nothing, () => state.effects),
    route("GET", "/events", nothing, () => state.events),
    route("GET", "/faults", nothing, () => faults.active()),
    route("POST", "/faults", faultSchema, (fault) => faults.inject(fault)),
    route("DELETE", "/faults", nothing, () => faults.clear()),
    route("GET", "/behaviour", nothing, () => deps.behaviour()),
    route("PATCH", "/behaviour", behaviourChangeSchema, (change) => deps.behave(change)),
    route("PUT", "/bridge", bridgeSchema, (bridge) => deps.setBridge(bridge)),
  ];

  return async (method: string, path: string, body: string): Promise<Answer> => {
    for (const { path: pattern, ...one } of routes) {
      const match = one.method === method ? pattern.exec(path) : null;
      if (match) return one.answer(body, match[1] ?? "");
    }
    throw new ProblemError(404, { error: `there is no ${method} ${path}` });
  };
};
