import { randomUUID } from "node:crypto";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import type { Functions } from "./functions.ts";
import { accountId } from "./identities.ts";
import { jsonOf } from "./json-of.ts";
import type { Template } from "./template.ts";

const secondsPer = { minute: 60, hour: 3600, day: 86_400 } as const;

const rateSchema = z
  .string()
  .regex(/^rate\([1-9]\d* (minute|hour|day)s?\)$/, "the sandbox knows rate(n minutes|hours|days) only")
  .transform((expression) => {
    const [, count, unit] = /^rate\((\d+) (minute|hour|day)/.exec(expression) ?? [];
    return Number(count) * secondsPer[z.enum(["minute", "hour", "day"]).parse(unit)];
  });

/** What the sandbox reads of AWS::Scheduler::Schedule. */
const scheduleSchema = z.object({
  ScheduleExpression: rateSchema,
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  Target: z.object({ Arn: z.string(), Input: z.string().optional() }),
});

const sendMessageInputSchema = jsonOf(
  z.object({
    QueueUrl: z.string(),
    MessageBody: z.string(),
    MessageGroupId: z.string().optional(),
    MessageDeduplicationId: z.string().optional(),
    DelaySeconds: z.number().optional(),
  }),
);

export interface Schedule {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** Of the function, or of the service call, that it triggers. */
  readonly targetArn: string;
  readonly seconds: number;
  readonly input?: string | undefined;
  /** Does what is due, with the input whose context attributes are filled in. */
  readonly fire: (input: string) => Promise<unknown>;
}

/**
 * The enabled schedules of a template. A target is a function or `arn:aws:scheduler:::aws-sdk:sqs:sendMessage`.
 *
 * @throws when a target is neither, or when a schedule is no rate.
 */
export function readSchedules(
  template: Template,
  deps: { functions: Functions; sqsAs: (logicalId: string) => Pick<SQSClient, "send"> },
): Schedule[] {
  return template
    .resources(["AWS::Scheduler::Schedule"], scheduleSchema)
    .filter(({ properties }) => properties.State === "ENABLED")
    .map(({ logicalId, name, arn, properties: { ScheduleExpression, Target } }) => ({
      logicalId,
      name,
      arn,
      targetArn: Target.Arn,
      seconds: ScheduleExpression,
      input: Target.Input,
      fire: Target.Arn.endsWith(":aws-sdk:sqs:sendMessage")
        ? (input) => deps.sqsAs(logicalId).send(new SendMessageCommand(sendMessageInputSchema.parse(input)))
        : invocation(deps.functions, Target.Arn),
    }));
}

/**
 * A tick that finds the function's concurrency taken is dropped: AWS would only retry it until one of the following
 * ticks did the same.
 */
function invocation(functions: Functions, arn: string): Schedule["fire"] {
  const target = functions.byReference(arn);
  return (input) => target.invoke(jsonOf(z.unknown()).parse(input), { wait: false });
}

/**
 * Fires once at once and then at the rate, as EventBridge Scheduler does from a schedule's creation on.
 * A failed tick is not repeated: the next one comes.
 *
 * @param onFailure is told why a tick had no effect.
 */
export function startSchedule(schedule: Schedule, onFailure: (error: unknown) => void): { stop(): Promise<void> } {
  let stopped = false;

  async function tick(): Promise<void> {
    const time = new Date();
    const executionId = randomUUID();
    const context: Readonly<Record<string, string>> = {
      "<aws.scheduler.schedule-arn>": schedule.arn,
      "<aws.scheduler.scheduled-time>": time.toISOString(),
      "<aws.scheduler.execution-id>": executionId,
      "<aws.scheduler.attempt-number>": "1",
    };
    const input = schedule.input ?? defaultInput(schedule, executionId, time);
    await schedule.fire(input.replaceAll(/<aws\.scheduler\.[a-z-]+>/g, (attribute) => context[attribute] ?? attribute));
  }

  const start = () => tick().catch((error) => stopped || onFailure(error));
  const timer = setInterval(start, schedule.seconds * 1000);
  void start();
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}

function defaultInput({ arn }: Schedule, id: string, time: Date): string {
  return JSON.stringify({
    version: "0",
    id,
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: accountId,
    time: time.toISOString(),
    region: arn.split(":")[3],
    resources: [arn],
    detail: "{}",
  });
}
