import bridge from "../../bridge.config.ts";
import { type ClientEventBody, clientEventBodySchema } from "../../lambdas/shared/domain/client-contract.ts";
import { type BridgeConfig, defineBridge } from "../../lambdas/shared/domain/config.ts";
import type { Policies } from "../../lambdas/shared/domain/decide.ts";
import { readTransaction, type Transaction } from "../../lambdas/shared/domain/ensono-transaction.ts";
import { emptyHead, type Head } from "../../lambdas/shared/domain/entry.ts";
import { clientLane, ensonoLane } from "../../lambdas/shared/domain/lane.ts";
import { type FieldValues, type Marks, marksOf } from "../../lambdas/shared/domain/marks.ts";
import type { EventEvidence } from "../../lambdas/shared/domain/news-of-event.ts";
import type { ClientStep, Decision, EnsonoStep } from "../../lambdas/shared/domain/steps.ts";
import type { Learnt, TicketView } from "../../lambdas/shared/domain/ticket-view.ts";
import { digest } from "../../lambdas/shared/runtime/digest.ts";
import { guideMessages } from "./guide-messages.ts";

/** Things that tests are about, with only what matters spelled out; the rest is the guide's example or `bridge.config.ts`. */

export const ENSONO_NUMBER = guideMessages.create.Body.ticketNumber;
export const CLIENT_NUMBER = "INC0010299";
export const ENSONO_LANE = ensonoLane(ENSONO_NUMBER);
export const CLIENT_LANE = clientLane(CLIENT_NUMBER);

export { digest };

const SEARCH_URL = "https://itsm.example.com/search";

/** `bridge.config.ts` with other settings in some of its parts. */
export const configWith = (
  other: {
    ensono?: Partial<BridgeConfig["ensono"]>;
    client?: Partial<BridgeConfig["client"]>;
    policies?: Partial<BridgeConfig["policies"]>;
    toEnsono?: Partial<BridgeConfig["mappings"]["toEnsono"]>;
    toClient?: Partial<BridgeConfig["mappings"]["toClient"]>;
  } = {},
): BridgeConfig =>
  defineBridge({
    ...bridge,
    ensono: { ...bridge.ensono, ...other.ensono },
    client: { ...bridge.client, ...other.client },
    policies: { ...bridge.policies, ...other.policies },
    stages: Object.fromEntries(
      Object.entries(bridge.stages).map(([stage, settings]) => [stage, { ...settings, clientSearchUrl: SEARCH_URL }]),
    ),
    mappings: {
      toEnsono: { ...bridge.mappings.toEnsono, ...other.toEnsono },
      toClient: { ...bridge.mappings.toClient, ...other.toClient },
    },
  });

export const policiesWith = (other: Parameters<typeof configWith>[0] = {}): Policies => ({
  config: configWith(other),
  digest,
});

type Json = Record<string, unknown>;

/** A message of Ensono's queue: the guide's Create, of another type and with other fields; `undefined` leaves one out. */
export const messageWith = (
  type: string | undefined,
  body: Json = {},
  attributes: Json = {},
  envelope: Json = {},
): Json =>
  JSON.parse(
    JSON.stringify({
      ...guideMessages.create,
      ...envelope,
      Body: { ...guideMessages.create.Body, ...body },
      Attributes: { ...guideMessages.create.Attributes, TransactionType: type, ...attributes },
    }),
  );

/** Reads a message that must be readable. */
export const readMessage = (message: unknown): Transaction => {
  const read = readTransaction(message);
  if ("unreadable" in read) throw new Error(`the message must be readable: ${read.unreadable}`);
  return read.transaction;
};

export const transactionWith = (...message: Parameters<typeof messageWith>): Transaction =>
  readMessage(messageWith(...message));

/** An event of the client's ITSM, as the API accepts it. */
export const clientEvent = (ticket: Json = {}, rest: Json = {}): ClientEventBody =>
  clientEventBodySchema.parse({ clientTicketNumber: CLIENT_NUMBER, ticketType: "Incident", ...rest, ticket });

/** All that a create at Ensono needs. */
export const newClientTicket = {
  shortDescription: "Printer on fire",
  description: "The printer on the second floor is on fire.",
  contactName: "Jason Doe",
  contactEmail: "Jason.Doe@abc.com",
};

export const NOW = Date.parse("2023-01-28T00:00:00Z");
const EARLIER = NOW - 3_600_000;

/** What is known of some field values, since an hour or another moment. */
export const known = (values: FieldValues, at = EARLIER): Marks => marksOf(values, at, digest);

/** A ticket that no side has said anything of yet; give what the test is about. */
export const ticketView = ({
  peer,
  ...view
}: Partial<Omit<TicketView, "peer">> & { peer?: Partial<TicketView["peer"]> } = {}): TicketView => ({
  link: undefined,
  linkedAt: undefined,
  ticketType: undefined,
  status: undefined,
  sent: {},
  said: {},
  clientTime: undefined,
  numberToldAt: undefined,
  formerLinks: [],
  replacedBy: undefined,
  change: undefined,
  answered: undefined,
  isInternal: false,
  extraFields: {},
  commentsOnly: false,
  now: NOW,
  ...view,
  peer: { sent: {}, said: {}, ...peer },
});

/** A ticket that both sides know, as its lane towards the client or towards Ensono sees it. */
export const linkedToClient = (view: Parameters<typeof ticketView>[0] = {}): TicketView =>
  ticketView({ link: CLIENT_NUMBER, linkedAt: EARLIER, ticketType: "Incident", status: "open", ...view });
export const linkedToEnsono = (view: Parameters<typeof ticketView>[0] = {}): TicketView =>
  linkedToClient({ link: ENSONO_NUMBER, ...view });

/** Both heads of a linked ticket. */
export const linkedHeads = (): { ensono: Head; client: Head } => ({
  ensono: { ...emptyHead(ENSONO_LANE), link: CLIENT_NUMBER, linkedAt: EARLIER, ticketType: "Incident" },
  client: { ...emptyHead(CLIENT_LANE), link: ENSONO_NUMBER, linkedAt: EARLIER, ticketType: "Incident" },
});

/** An event of which the ledger knows nothing more. */
export const noEventEvidence: EventEvidence = {
  order: "1",
  waitedMs: 0,
  ownComments: [],
  repeatedComments: [],
  commentUnderWay: false,
  repeatedAttachments: [],
  fileNames: [],
  isAnswerSkipped: false,
};

/** A head after it has learnt something, as the walk of a lane does it. */
export const afterLearning = (head: Head, { sent, said, status, ...rest }: Learnt, at: number): Head => ({
  ...head,
  ...rest,
  sent: { ...head.sent, ...marksOf(sent ?? {}, at, digest) },
  said: { ...head.said, ...marksOf(said ?? {}, at, digest) },
  ...(status === undefined ? {} : { status: { value: status, at } }),
});

/** A decision in one line, for tables: `link, createTicket, addComment`, `ignore`, `hold: not-understood`. */
export const inShort = (decision: Decision<ClientStep | EnsonoStep>): string => {
  if (decision.outcome === "hold") return `hold: ${decision.code}`;
  if (decision.outcome !== "perform") return decision.outcome;
  const steps: string[] = decision.steps.map((step) => step.do);
  return [...(decision.link === undefined ? [] : ["link"]), ...steps].join(", ");
};

/** The steps of a decision that must be to perform some. */
export const stepsOf = <Step>(decision: Decision<Step>): Step[] => {
  if (decision.outcome === "perform") return decision.steps;
  throw new Error(`expected steps, got ${decision.outcome}: ${decision.reason}`);
};
