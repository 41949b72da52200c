import * as z from "zod";
import { type Headers, signatureFaults, verifyWebhook } from "../../../lambdas/shared/adapters/webhook-signature.ts";
import { type Notice, noticeSchema } from "../../../lambdas/shared/domain/client-contract.ts";
import type { Deliveries } from "./deliveries.ts";
import { isHarmlessTwice, type Tool, ToolError } from "./tool.ts";

export interface RelayDeps {
  /** The webhook secrets that count now. */
  readonly secrets: () => Promise<readonly string[]>;
  readonly clock: () => number;
  readonly deliveries: Deliveries;
  readonly tool: Tool;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

export interface RelayAnswer {
  readonly status: number;
  readonly body: object;
}

const typeSchema = z.object({ type: z.string() });

/**
 * One delivery of the bridge (docs/client-contract.md, "From Ensono to your ITSM"): genuine, understood, done once. A delivery that
 * comes again gets the answer of the first one. If the first one broke off, and what it asks for would hurt when done twice, the
 * bridge is told so once (422, which holds the ticket); when its operator releases the ticket, it is done anew.
 */
export const handleDelivery = async (
  { headers, body }: { headers: Headers; body: Buffer },
  deps: RelayDeps,
): Promise<RelayAnswer> => {
  const verified = verifyWebhook({ secrets: await deps.secrets(), headers, body, now: deps.clock() });
  if (!verified.ok) {
    deps.log({ message: "refused", why: verified.why });
    return { status: verified.why === "id" ? 400 : 401, body: { error: signatureFaults[verified.why] } };
  }
  const read = readNotice(body.toString("utf8"));
  if ("answer" in read) return read.answer;
  const answer = await answerTo(verified.id, read.notice, deps);
  const { ensonoTicketNumber, clientTicketNumber } = read.notice.data;
  deps.log({ id: verified.id, type: read.notice.type, ensonoTicketNumber, clientTicketNumber, status: answer.status });
  return answer;
};

/** Types that this relay does not know are answered 2xx and left alone, as the contract asks. */
const readNotice = (text: string): { notice: Notice } | { answer: RelayAnswer } => {
  const json = parseJson(text);
  const notice = noticeSchema.safeParse(json);
  if (notice.success) return { notice: notice.data };
  const type = typeSchema.safeParse(json).data?.type;
  const isKnown = noticeSchema.options.some((option) => option.shape.type.value === type);
  if (type !== undefined && !isKnown) return { answer: { status: 200, body: {} } };
  const [issue] = notice.error.issues;
  return { answer: { status: 422, body: { error: `${issue?.path.join(".")}: ${issue?.message}` } } };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const answerTo = async (id: string, notice: Notice, deps: RelayDeps): Promise<RelayAnswer> => {
  const { deliveries, tool } = deps;
  const begun = await deliveries.begin(id);
  if (begun.was === "done") return { status: 200, body: begun.answer };
  try {
    const earlier = begun.was === "new" ? "nothing" : await tool.find(notice);
    if (typeof earlier === "object") return await finish(id, earlier, deps);
    const isInDoubt = earlier === "cannot say" && begun.was === "begun" && !isHarmlessTwice(notice, tool.hasPlace);
    if (isInDoubt) return await tell(id, deps);
    return await finish(id, await tool.perform(notice, id), deps);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    if (error.effect === "none") await deliveries.forget(id);
    return { status: error.status, body: { error: error.message } };
  }
};

const finish = async (id: string, answer: object, { deliveries }: RelayDeps): Promise<RelayAnswer> => {
  await deliveries.done(id, answer);
  return { status: 200, body: answer };
};

const tell = async (id: string, { deliveries }: RelayDeps): Promise<RelayAnswer> => {
  await deliveries.told(id);
  const error =
    "an earlier try broke off, and it may have been done: look into your tool, then skip the entry if it is there, or release the ticket to have it done";
  return { status: 422, body: { error } };
};
