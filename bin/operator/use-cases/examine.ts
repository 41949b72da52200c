import type { BridgeConfig } from "../../../lambdas/shared/domain/config.ts";
import { whyOf } from "../../../lambdas/shared/domain/errors.ts";
import { clientLane } from "../../../lambdas/shared/domain/lane.ts";
import type { Ledger, Secrets } from "../../../lambdas/shared/ports.ts";
import type { Inspection, Probed, Probes } from "../ports.ts";
import { type GroupDeps, groupsRefused } from "./groups-refused.ts";

/** `skipped`: it could not be told, because of what else is wrong. */
export interface Check {
  readonly check: string;
  readonly state: "ok" | "warning" | "failed" | "skipped";
  readonly detail: string;
}

export interface ExamineDeps extends GroupDeps {
  readonly stage: string;
  readonly config: BridgeConfig;
  readonly ledger: Pick<Ledger, "headOf">;
  readonly inspection: Pick<Inspection, "entriesSince">;
  readonly secrets: Pick<Secrets, "read">;
  /** By what they are for: the ids that the stage's functions read. */
  readonly secretIds: Readonly<Record<SecretUse, string>>;
  readonly probes: Probes;
  /** Who gives the commands. */
  readonly identity: () => Promise<string>;
}
export type SecretUse = "Ensono's API key" | "webhook secret" | "API secret";

/** Whether all that the bridge stands on is there (doctor). Changes nothing anywhere. Never throws: what fails is a finding. */
export const examine = async (deps: ExamineDeps): Promise<readonly Check[]> => {
  const [who, ledger, secrets, ensono, client, groups] = await Promise.all([
    finding("credentials", async () => `you are ${await deps.identity()}`),
    finding("ledger", async () => {
      await deps.ledger.headOf(clientLane("doctor"));
      return "the table can be read";
    }),
    examineSecrets(deps),
    probed("Ensono", () => deps.probes.ensono(), "answers, and takes the key"),
    examineClient(deps),
    examineGroups(deps),
  ]);
  return [
    examineConfig(deps),
    who,
    ledger,
    ...secrets,
    ensono.check,
    ...client.checks,
    examineClocks({ Ensono: ensono.answer, "the client's ITSM": client.answer }),
    ...groups,
  ];
};

const examineConfig = ({ stage, config }: ExamineDeps): Check => {
  const { environment } = config.stages[stage] ?? {};
  const { offers, authentication } = config.client;
  const detail = `stage ${stage}, Ensono's ${environment}; the ITSM offers ${offers}, proves itself by ${authentication}`;
  return { check: "config", state: "ok", detail };
};

const finding = async (check: string, look: () => Promise<string>): Promise<Check> => {
  try {
    return { check, state: "ok", detail: await look() };
  } catch (error) {
    return failed(check, error);
  }
};

export const failed = (check: string, error: unknown): Check => ({ check, state: "failed", detail: whyOf(error) });

// ── Secrets ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const examineSecrets = (deps: ExamineDeps): Promise<Check[]> =>
  Promise.all(
    secretUses.map(async (use): Promise<Check> => {
      const check = `secret: ${use}`;
      try {
        const [value = "", previous] = await deps.secrets.read(deps.secretIds[use], { fresh: true });
        const fault = faultOf(use, value, deps.config);
        const rotation = previous === undefined ? "" : "; the previous one still counts";
        return {
          check,
          state: fault === undefined ? "ok" : fault.state,
          detail: (fault?.detail ?? "has a value") + rotation,
        };
      } catch (error) {
        return failed(check, error);
      }
    }),
  );

const secretUses = ["Ensono's API key", "webhook secret", "API secret"] as const satisfies SecretUse[];

/** What the stack generates until somebody puts a value there. */
const PLACEHOLDER = /^[A-Za-z0-9]{48}$/;
const BASE64 = /^(?:whsec_)?[A-Za-z0-9+/]{16,}={0,2}$/;

const faultOf = (
  use: SecretUse,
  value: string,
  { client }: BridgeConfig,
): Pick<Check, "state" | "detail"> | undefined => {
  if (use === "Ensono's API key" && PLACEHOLDER.test(value)) {
    return { state: "warning", detail: "looks like the generated placeholder; put Ensono's key there" };
  }
  const isForSigning = use === "webhook secret" || (use === "API secret" && client.authentication === "signature");
  if (isForSigning && !BASE64.test(value)) {
    return { state: "failed", detail: "expected whsec_ and base64, or base64; set the secret's value anew" };
  }
  return undefined;
};

// ── The two sides ───────────────────────────────────────────────────────────────────────────────────────────────────

interface Answer {
  readonly check: Check;
  readonly answer: Probed | undefined;
}

const probed = async (check: string, probe: () => Promise<Probed>, ok: string): Promise<Answer> => {
  try {
    return { check: { check, state: "ok", detail: ok }, answer: await probe() };
  } catch (error) {
    return { check: failed(check, error), answer: undefined };
  }
};

const SIGNATURE = "client's ITSM: signature";

const examineClient = async ({ probes }: ExamineDeps): Promise<{ checks: Check[]; answer: Probed | undefined }> => {
  const right = await probed("client's ITSM", () => probes.client("rightly"), "answers");
  const { answer } = right;
  if (answer === undefined) {
    return {
      checks: [right.check, { check: SIGNATURE, state: "skipped", detail: "no answer to judge it by" }],
      answer,
    };
  }
  const reached: Check = { ...right.check, ...reachedBy(answer.status) };
  if (reached.state === "failed") {
    return { checks: [reached, { check: SIGNATURE, state: "skipped", detail: "not the receiver's answer" }], answer };
  }
  if (isDenial(answer)) {
    const detail = `answered ${answer.status}: it does not know the webhook secret`;
    return { checks: [reached, { check: SIGNATURE, state: "failed", detail }], answer };
  }
  // Only a wrong signature shows whether the receiver looks at signatures at all.
  const wrong = await probed(SIGNATURE, () => probes.client("wrongly"), "");
  return { checks: [reached, judgeSignature(wrong)], answer };
};

const reachedBy = (status: number): Pick<Check, "state" | "detail"> => {
  if (status === 404 || status === 405 || status === 410 || (status >= 300 && status < 400)) {
    return { state: "failed", detail: `answered ${status} to a POST; check clientWebhookUrl` };
  }
  if (status >= 500 || status === 429) {
    return { state: "failed", detail: `answered ${status}; it is down or overloaded` };
  }
  return { state: "ok", detail: `answers (${status} to a ping, which has no effect)` };
};

const isDenial = ({ status }: Probed): boolean => status === 401 || status === 403;

const judgeSignature = (wrong: Answer): Check => {
  const check = SIGNATURE;
  if (wrong.answer === undefined) return { ...wrong.check, state: "warning" };
  return isDenial(wrong.answer)
    ? { check, state: "ok", detail: "ours is taken, a wrong one refused" }
    : { check, state: "warning", detail: "a wrong signature is not refused: does the receiver verify it?" };
};

// ── Clocks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Date headers are good to a second, and so is our reading of them. */
const UNCERTAIN_MS = 2_000;
/** Signatures count within 300 s of their time (Standard Webhooks). */
const SIGNED_MS = 300_000;

const examineClocks = (answers: Readonly<Record<string, Probed | undefined>>): Check => {
  const check = "clocks";
  const told = Object.entries(answers).flatMap(([side, answer]) =>
    answer?.aheadMs === undefined ? [] : [{ side, aheadMs: answer.aheadMs }],
  );
  if (told.length === 0) return { check, state: "skipped", detail: "no side has told the time" };
  const detail = told.map(({ side, aheadMs }) => `${side} is ${skewOf(aheadMs)}`).join(", ");
  const worst = Math.max(...told.map(({ aheadMs }) => Math.abs(aheadMs)));
  if (worst < SIGNED_MS / 2) return { check, state: "ok", detail };
  const isOurs = told.length > 1 && told.every(({ aheadMs }) => Math.abs(aheadMs) >= SIGNED_MS / 2);
  const remedy = isOurs
    ? "this machine's own clock is wrong"
    : "signatures count within 300 s; set that side's clock (NTP)";
  return { check, state: isOurs || worst < SIGNED_MS ? "warning" : "failed", detail: `${detail}; ${remedy}` };
};

const skewOf = (aheadMs: number): string => {
  if (Math.abs(aheadMs) <= UNCERTAIN_MS) return "in time";
  return `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? "ahead" : "behind"}`;
};

// ── Groups ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const examineGroups = async (deps: ExamineDeps): Promise<Check[]> => {
  const { group } = deps.config.mappings.toEnsono;
  const { defaultGroup } = deps.config.ensono;
  const rows = Object.keys(group.values).length;
  const others =
    group.otherwise === "keep" ? "others are passed on by their name" : `others become "${group.otherwise}"`;
  const table = `${rows} groups mapped, ${others}; "${defaultGroup}" where Ensono knows none`;
  try {
    const refused = await groupsRefused(deps);
    if (refused.length === 0) return [{ check: "groups", state: "ok", detail: `${table}; none refused in 7 days` }];
    return refused.map(({ name, times }) => ({
      check: "groups",
      state: "warning",
      detail: `Ensono does not know "${name}" (${times === 1 ? "once" : `${times} times`} in 7 days); map it in mappings.toEnsono.group`,
    }));
  } catch (error) {
    return [failed("groups", error)];
  }
};
