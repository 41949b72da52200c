import * as z from "zod";
import type { ClientEventBody } from "./client-contract.ts";
import { changeStateSchema, ensonoStatusSchema, ticketTypeSchema } from "./ensono-ticket.ts";
import { fieldsWithPlace } from "./extra-fields.ts";
import { mappingFaults } from "./mapping-check.ts";
import { sharedDomainFaults, stageOptions } from "./stage-options.ts";
import type { ClientFields } from "./steps.ts";

/**
 * `bridge.config.ts` is the one file that a client edits. Everything that differs between clients is in here, typed and
 * checked; secrets are only named, their values live in Secrets Manager.
 */

const name = z.string().trim().min(1);

const httpsUrl = z.url({ protocol: /^https$/, error: "expected an https:// address" });

/** `otherwise: "keep"` passes a value on that the table does not name; else the value named here is used and journaled (I6). */
const mapping = <T extends z.ZodType>(target: T) =>
  z.strictObject({
    values: z.record(z.string().trim(), target),
    otherwise: target,
  });

const digits = (...allowed: [string, ...string[]]) =>
  z.enum(allowed, { error: `expected one of ${allowed.map((digit) => `"${digit}"`).join(", ")}` });

const toEnsonoSchema = z.strictObject({
  /** Your statuses in Ensono's words. */
  status: mapping(ensonoStatusSchema),
  priority: mapping(digits("1", "2", "3", "4")),
  impact: mapping(digits("1", "2", "3")),
  urgency: mapping(digits("1", "2", "3")),
  /** Your groups in Ensono's; "keep" passes a group's name on. */
  group: mapping(name),
  /** Your kinds of tickets in Ensono's. Only Ensono starts changes (C1), so what nobody has thought of is none. */
  ticketType: z
    .strictObject({
      values: z.record(z.string().trim(), ticketTypeSchema),
      otherwise: ticketTypeSchema.exclude(["Change"], { error: 'expected "Incident" or "Request"' }),
    })
    .prefault({ values: {}, otherwise: "Incident" }),
});

const toClientSchema = z.strictObject({
  /** Every status of Ensono in your words. */
  status: z.record(ensonoStatusSchema, name),
  priority: mapping(name),
  group: mapping(name),
  /** Close codes of tickets and of changes. */
  closeCode: mapping(name),
  /** Categories of tickets and of changes; without it, Ensono's are passed on. */
  category: mapping(name).prefault({ values: {}, otherwise: "keep" }),
  /** Each of Ensono's kinds of tickets in your words; without it, in Ensono's. */
  ticketType: z.record(ticketTypeSchema, name).prefault({ Incident: "Incident", Request: "Request", Change: "Change" }),
  /** Every state of a change in your words; without it, in Ensono's. */
  changeState: z.record(changeStateSchema, name).prefault({
    New: "New",
    Assess: "Assess",
    Authorize: "Authorize",
    Scheduled: "Scheduled",
    Implement: "Implement",
    Review: "Review",
    Closed: "Closed",
    Cancelled: "Cancelled",
  }),
});

/** A host, or all hosts below a domain. No scheme, no port, no address: what is fetched is fetched by https from a name. */
const hostPattern = z
  .string()
  .regex(
    /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
    "expected a host such as files.example.com, or *.example.com for all hosts below it, in lower case",
  );

const attachmentsSchema = z.strictObject({
  /** The largest file that is taken, either way. */
  maxMegabytes: z.number().int().min(1).max(5000, "expected at most 5000: one upload takes no more").default(1024),
  /** How a file of Ensono's is handed on: as a link of ours, or in base64 within the delivery where it is small enough. */
  handOver: z.enum(["link", "inline"]).default("link"),
  /** With `handOver: "inline"`: larger files go as a link all the same. */
  inlineKilobytes: z.number().int().min(1).max(4096).default(512),
  /** How long a link of ours is good for. */
  linkMinutes: z
    .number()
    .int()
    .min(5)
    .max(360, "expected at most 360: a link ends with the session that made it")
    .default(60),
  /** Further hosts from which files of Ensono's are fetched, beside Amazon S3. */
  ensonoHosts: z.array(hostPattern).default([]),
  /** Hosts from which a file is fetched that an event of yours names by its URL. */
  fetchFrom: z.array(hostPattern).default([]),
  /** Sends files as base64 text (guide, "Using Base64 Encoded Data"). */
  asBase64: z.boolean().default(false),
  /** A file whose content does not fit its name: ServiceNow may drop it. It is reported either way. */
  mismatch: z.enum(["send", "refuse"]).default("send"),
});

const topicArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/,
    "expected the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:123456789012:on-call",
  );

const alarmsSchema = z.strictObject({
  /** Topics of yours that are told of every alarm, as the e-mail is. */
  topicArns: z.array(topicArn).default([]),
  /** Topics of yours that are told only of what somebody must get up for. */
  pagerTopicArns: z.array(topicArn).default([]),
  /** Is sent every alarm by SNS, as a JSON body; it must confirm the subscription first. */
  webhookUrl: httpsUrl.optional(),
  /** Where your people read docs/runbook.md: alarms name the place in it. */
  runbookUrl: httpsUrl.optional(),
});

const predicate = <Input>(what: string) =>
  z.custom<(input: Input) => boolean>((value) => typeof value === "function", {
    error: `expected a function that takes ${what} and gives true or false`,
  });

const stageSchema = z.strictObject({
  /** Ensono's environment that this stage talks to (E1). */
  environment: z.enum(["dev", "echo", "cert", "prod"], {
    error: 'expected "dev", "echo", "cert" or "prod", in lower case',
  }),
  /** Where your ITSM receives the bridge's deliveries. */
  clientWebhookUrl: httpsUrl,
  /** Where your ITSM can be searched by our key; only for `client.offers: "search"`. */
  clientSearchUrl: httpsUrl.optional(),
  ...stageOptions,
});

export const bridgeConfigSchema = z
  .strictObject({
    ensono: z.strictObject({
      origin: httpsUrl.describe("for example https://smconnect.ensono.com"),
      clientStack: z
        .string()
        .regex(
          /^[a-z0-9-]+$/,
          "expected the client stack as Ensono gave it to you: lower-case letters, digits, hyphens",
        ),
      clientName: name,
      /** Sent instead of a group that Ensono does not know (E13). */
      defaultGroup: name,
      /** The group that stands for you at Ensono: where a ticket is that one of your internal groups works on (I8). */
      clientGroup: name.optional(),
      /** The guide spells one status in two ways; what is sent is this one (E10). */
      workInProgressWord: z.enum(["workingprogress", "workinprogress"]).default("workingprogress"),
      /** Names that Ensono shows as commenter for what came over the integration: evidence of an echo (I5). */
      writesAs: z.array(name).default([]),
    }),
    client: z.strictObject({
      /** What your ITSM's webhook receiver does with a delivery that comes a second time; see docs/client-contract.md. */
      offers: z.enum(["key", "search", "neither"]),
      /** How your ITSM proves who it is at the bridge's API (I12). */
      authentication: z.enum(["signature", "bearer"]).default("signature"),
      /** Users as which the bridge writes in your ITSM: their changes are echoes and not sent to Ensono (I5). */
      bridgeActors: z.array(name).default([]),
      /** How long a ticket waits for the number that your ITSM promised (202) before its lane is held. */
      lateNumberHours: z.number().int().min(1).max(336).default(24),
    }),
    stages: z.record(
      z.string().regex(/^[a-z][a-z0-9-]{0,19}$/, "expected a stage's name: lower-case letters, digits, hyphens"),
      stageSchema,
    ),
    mappings: z.strictObject({ toEnsono: toEnsonoSchema, toClient: toClientSchema }),
    policies: z.strictObject({
      /** Which tickets cross the bridge (I2, Q8). A ticket that has crossed stays on it. */
      scope: z.strictObject({
        toEnsono: predicate<ClientEventBody>("an event of your ITSM"),
        fromEnsono: predicate<ClientFields>("the body of a transaction"),
      }),
      /** What becomes of your resolved ticket when Ensono opens it again (T7). */
      reopen: z.enum(["reopen", "new-ticket", "comment"]).default("reopen"),
      /** Your groups with which Ensono has nothing to do: a ticket that goes there is parked at Ensono (I8). */
      internalGroups: z.array(name).default([]),
      /** Fields of yours that Ensono has no place for (I7), by the label under which they are told. */
      extraFields: z
        .strictObject({
          tell: z.enum(["in-description", "as-comment"]).default("as-comment"),
          fields: z.record(name, name).default({}),
        })
        .prefault({}),
      /** Changes that need no approval of yours before the work (C1). */
      emergencyChanges: z
        .strictObject({
          /** `pre-approved`: closed with Ensono's. `reviewed-afterwards`: your CAB reviews it and closes it itself. */
          handling: z.enum(["pre-approved", "reviewed-afterwards"]).default("pre-approved"),
          /** The state of Ensono's change from which on you have it, too. */
          raisedFrom: z.enum(["Authorize", "Scheduled", "Implement", "Review"]).default("Authorize"),
        })
        .prefault({}),
      /** What every create sends; Ensono asks that this never changes (guide, "Fields for Opening a Ticket"). */
      severity: z.enum(["priority", "impact-and-urgency"]).default("priority"),
      /** Times are given to your ITSM in UTC and in this zone (T9). */
      timeZone: z.string().refine((zone) => isTimeZone(zone), "expected an IANA time zone such as Europe/London"),
      /** Stands in where your ITSM gives no contact: Ensono requires one (E9). */
      defaultContact: z.strictObject({ name, email: name }),
      /** Stands in where a ticket is resolved or closed without a reason: Ensono requires one (E10). */
      defaultCloseNotes: name,
    }),
    attachments: attachmentsSchema.prefault({}),
    polling: z
      .strictObject({
        /** How often Ensono's queue is read (Q1). */
        everySeconds: z
          .union([z.literal(30), z.literal(60), z.literal(120), z.literal(180), z.literal(240), z.literal(300)], {
            error:
              "expected 30, 60, 120, 180, 240 or 300 seconds: the guide asks for 30 to 300, the scheduler for minutes",
          })
          .default(60),
        /** The most readers of the queue at a time within one run. */
        readers: z.number().int().min(1).max(16).default(4),
      })
      .prefault({}),
    retry: z
      .strictObject({
        /** The first wait after a failure lasts this to twice this (guide: 60 to 120 s); then it doubles. */
        firstSeconds: z.number().int().min(60, "expected at least 60: the guide asks for 60 to 120 s").default(60),
        longestSeconds: z.number().int().min(60).max(3600).default(1800),
        giveUpDays: z.number().int().min(1).max(60).default(14),
        /** Consecutive failures of one side that stop all calls to it, but for a probe. */
        breakerFailures: z.number().int().min(1).max(50).default(5),
        probeSeconds: z.number().int().min(60, "expected at least 60: at most one probe a minute").default(60),
      })
      .prefault({}),
    /** How long finished transactions and events are kept: the journal, and what repeats are recognised by. */
    retentionDays: z.number().int().min(14, "expected at least 14: messages live that long (Q5)").max(3650).default(35),
    /** Events on a bus of the stack, for what you build yourself (docs/events.md), and whether they carry what tickets say. */
    events: z.strictObject({ enabled: z.boolean().default(true), ticketText: z.boolean().default(false) }).prefault({}),
    alarmEmail: z.email("expected the e-mail address that alarms go to"),
    alarms: alarmsSchema.prefault({}),
  })
  .superRefine((config, context) => {
    if (Object.keys(config.stages).length === 0) {
      context.addIssue({ code: "custom", path: ["stages"], message: "expected at least one stage" });
    }
    for (const { path, message } of mappingFaults(config)) {
      context.addIssue({ code: "custom", path: [...path], message });
    }
    for (const field of fieldsWithPlace(config)) {
      context.addIssue({
        code: "custom",
        path: ["policies", "extraFields", "fields", field],
        message: "expected a field that Ensono has no place for: this one is sent as what it is",
      });
    }
    if (config.policies.internalGroups.length > 0 && config.ensono.clientGroup === undefined) {
      context.addIssue({
        code: "custom",
        path: ["ensono", "clientGroup"],
        message: "expected the group that stands for you at Ensono, because policies.internalGroups names groups",
      });
    }
    for (const fault of sharedDomainFaults(config.stages)) context.addIssue({ code: "custom", ...fault });
    for (const [stage, { clientSearchUrl }] of Object.entries(config.stages)) {
      if (config.client.offers === "search" && clientSearchUrl === undefined) {
        context.addIssue({
          code: "custom",
          path: ["stages", stage, "clientSearchUrl"],
          message: 'expected an address, because client.offers is "search"',
        });
      }
    }
  });

export type BridgeConfigInput = z.input<typeof bridgeConfigSchema>;
export type BridgeConfig = z.infer<typeof bridgeConfigSchema>;
export type Mapping<T extends string = string> = { values: Record<string, T>; otherwise: T };

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}

/** What is wrong with a configuration: one line for each fault, naming the field and what was expected. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

const fieldOf = (path: readonly PropertyKey[]): string => path.map(String).join(".") || "the whole";

/** Checks and completes the configuration. Throws ConfigurationError naming every field that is wrong. */
export const defineBridge = (input: BridgeConfigInput): BridgeConfig => {
  const parsed = bridgeConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(
    parsed.error.issues.map((issue) => `bridge.config.ts: ${fieldOf(issue.path)}: ${issue.message}`).join("\n"),
  );
};
