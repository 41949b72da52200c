import { Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as z from "zod";
import { type BridgeConfig, type BridgeConfigInput, defineBridge } from "../../lambdas/shared/domain/config.ts";
import { bridgeApp } from "../../lib/app.ts";

const keep = { values: {}, otherwise: "keep" };

/** A configuration with the stages `dev` and `live`, of which `live` talks to Ensono's production. */
export const configWith = (changes: Partial<BridgeConfigInput> = {}): BridgeConfig =>
  defineBridge({
    ensono: { origin: "https://ensono.example/", clientStack: "acme", clientName: "Acme", defaultGroup: "Desk" },
    client: { offers: "key" },
    stages: {
      dev: { environment: "dev", clientWebhookUrl: "https://itsm-dev.example/hook" },
      live: { environment: "prod", clientWebhookUrl: "https://itsm.example/hook" },
    },
    mappings: {
      toEnsono: {
        status: { values: { "In Progress": "workingprogress" }, otherwise: "open" },
        priority: { values: {}, otherwise: "3" },
        impact: { values: {}, otherwise: "3" },
        urgency: { values: {}, otherwise: "3" },
        group: keep,
      },
      toClient: {
        status: {
          open: "Open",
          workingprogress: "In Progress",
          pending: "Pending",
          resolved: "Resolved",
          closed: "Closed",
          cancelled: "Cancelled",
        },
        priority: keep,
        group: keep,
        closeCode: keep,
      },
    },
    policies: {
      scope: { toEnsono: () => true, fromEnsono: () => true },
      timeZone: "Europe/London",
      defaultContact: { name: "Desk", email: "desk@acme.example" },
      defaultCloseNotes: "Closed.",
    },
    alarmEmail: "alarms@acme.example",
    ...changes,
  });

/** The template of one stage's stack. The functions are not bundled: what is in them is not what is looked at here. */
export const templateOf = (stage: string, config = configWith()): Template => {
  const app = bridgeApp({ config, stages: [stage], context: { "aws:cdk:bundling-stacks": [] } });
  const stack = app.node.children.find(Stack.isStack);
  if (!stack) throw new Error("the app has no stack");
  return Template.fromStack(stack);
};

const resourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
});
export interface Resource extends z.infer<typeof resourceSchema> {
  readonly id: string;
}

export const resourcesOf = (template: Template, type: string): Resource[] =>
  Object.entries(template.findResources(type)).map(([id, resource]) => ({ id, ...resourceSchema.parse(resource) }));

const referenceSchema = z.union([
  z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
  z.object({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) }).transform(({ "Fn::GetAtt": [id] }) => id),
]);

/** The resource that a `Ref` or an `Fn::GetAtt` points to. */
export const referenced = (template: Template, reference: unknown): Resource => {
  const id = referenceSchema.parse(reference);
  return { id, ...resourceSchema.parse(template.toJSON().Resources[id]) };
};

const environmentSchema = z.object({ Variables: z.record(z.string(), z.unknown()) }).default({ Variables: {} });
const joinSchema = z.object({ "Fn::Join": z.tuple([z.string(), z.array(z.unknown())]) });

/** A function's environment as it would come to it, references standing for something of the right form. */
export const environmentOf = (template: Template, fn: Resource): Record<string, string> => {
  const value = (given: unknown): string => {
    if (typeof given === "string") return given;
    const join = joinSchema.safeParse(given).data?.["Fn::Join"];
    if (join !== undefined) return join[1].map(value).join(join[0]);
    const { id, Type } = referenced(template, given);
    return Type === "AWS::SQS::Queue" ? `https://sqs.eu-west-1.amazonaws.com/123456789012/${id}` : id;
  };
  const { Variables } = environmentSchema.parse(fn.Properties.Environment);
  return Object.fromEntries(Object.entries(Variables).map(([name, given]) => [name, value(given)]));
};

/** The function of this name: `poller`, `attachment-stager` … */
export const functionNamed = (template: Template, name: string): Resource => {
  const found = resourcesOf(template, "AWS::Lambda::Function").find(
    (fn) => environmentOf(template, fn).POWERTOOLS_SERVICE_NAME === name,
  );
  if (!found) throw new Error(`the stack has no function ${name}`);
  return found;
};

/** The functions of the bridge, without those that the CDK brings along for its own work. */
export const bridgeFunctions = (template: Template): Resource[] =>
  resourcesOf(template, "AWS::Lambda::Function").filter(
    (fn) => environmentOf(template, fn).POWERTOOLS_SERVICE_NAME !== undefined,
  );

const oneOrMore = <T extends z.ZodType>(schema: T) =>
  z.union([z.array(schema), schema.transform((one) => [one])]).default([]);

const statementSchema = z.object({
  Effect: z.enum(["Allow", "Deny"]),
  Action: oneOrMore(z.string()),
  Resource: oneOrMore(z.unknown()),
  Condition: z.unknown().optional(),
});
export type Statement = z.infer<typeof statementSchema>;
const documentSchema = z.object({ Statement: z.array(statementSchema) });

export const statementsOf = (document: unknown): Statement[] => documentSchema.parse(document).Statement;

/** What the role of a function may do. */
export const rightsOf = (template: Template, fn: Resource): Statement[] => {
  const role = referenced(template, fn.Properties.Role).id;
  return resourcesOf(template, "AWS::IAM::Policy")
    .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes(JSON.stringify({ Ref: role })))
    .flatMap(({ Properties }) => statementsOf(Properties.PolicyDocument));
};
