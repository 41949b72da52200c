import * as z from "zod";
import { accountId } from "../identities.ts";
import type { Template } from "../template.ts";

/** Who calls AWS: a function, or what AWS does with a role of the template by itself. */
export interface Caller {
  /** The logical id of the function, the event source or the schedule; also its access key. */
  readonly id: string;
  readonly roleArn: string;
  /** The service that assumes the role, and what it then tells of itself. */
  readonly service: string;
  readonly context: Readonly<Record<string, string>>;
  /** What calls of a function's own code tell besides. */
  readonly contextOfCode?: Readonly<Record<string, string>>;
}

const functionSchema = z.object({
  Role: z.string(),
  LoggingConfig: z.object({ LogGroup: z.string().optional() }).default({}),
});
const mappingSchema = z.object({ FunctionName: z.string() });
const scheduleSchema = z.object({ Target: z.object({ RoleArn: z.string() }) });

export interface Callers {
  readonly all: readonly Caller[];
  /** Where a function's log lines go, by its logical id. */
  readonly logGroupOf: (functionId: string) => string | undefined;
}

/** All who call AWS at the run time of a template. Lambda polls the queues of event sources with the function's role. */
export const readCallers = (template: Template, region: string): Callers => {
  const functions = template.resources(["AWS::Lambda::Function"], functionSchema);
  const byLambda = { service: "lambda.amazonaws.com", context: {} };
  const roleOf = (reference: string): string =>
    functions.find(({ ref, arn }) => reference === ref || reference === arn)?.properties.Role ?? "";
  const scheduling = {
    "aws:SourceAccount": accountId,
    "aws:SourceArn": `arn:aws:scheduler:${region}:${accountId}:schedule-group/default`,
  };
  const groups = new Map(
    functions.map(({ logicalId, name, properties }) => [
      logicalId,
      `arn:aws:logs:${region}:${accountId}:log-group:${properties.LoggingConfig.LogGroup ?? `/aws/lambda/${name}`}`,
    ]),
  );
  return {
    all: [
      ...functions.map(({ logicalId, arn, properties }) => ({
        id: logicalId,
        roleArn: properties.Role,
        contextOfCode: { "lambda:SourceFunctionArn": arn },
        ...byLambda,
      })),
      ...template
        .resources(["AWS::Lambda::EventSourceMapping"], mappingSchema)
        .map(({ logicalId, properties }) => ({ id: logicalId, roleArn: roleOf(properties.FunctionName), ...byLambda })),
      ...template.resources(["AWS::Scheduler::Schedule"], scheduleSchema).map(({ logicalId, properties }) => ({
        id: logicalId,
        roleArn: properties.Target.RoleArn,
        service: "scheduler.amazonaws.com",
        context: scheduling,
      })),
    ],
    logGroupOf: (functionId) => groups.get(functionId),
  };
};

/** How a caller appears to IAM once it has assumed its role. */
export const sessionOf = ({ id, roleArn }: Caller): string =>
  `${roleArn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${id}`;
