import * as z from "zod";
import { type CodeStore, functionCodeSchema } from "./function-code.ts";
import { createFunction, type LambdaFunction, type LogLine } from "./lambda.ts";
import type { InterpretedResource, Template } from "./template.ts";

/** What the sandbox reads of AWS::Lambda::Function; the defaults are Lambda's. */
const functionSchema = z.object({
  Code: functionCodeSchema,
  Handler: z.string(),
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
  Environment: z.object({ Variables: z.record(z.string(), z.string()).default({}) }).default({ Variables: {} }),
  ReservedConcurrentExecutions: z.number().optional(),
});
type FunctionResource = InterpretedResource<z.infer<typeof functionSchema>>;

export interface FunctionSettings {
  /** What Lambda and the emulators add to every function's environment, besides who it is. */
  readonly runtimeVariables: Readonly<Record<string, string>>;
  /** Is told of each invocation, before it begins. */
  readonly onInvoke?: (logicalId: string) => void;
  /** Values for variables that functions of the template declare. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onLog: (line: LogLine) => void;
}

export interface Functions {
  readonly all: readonly LambdaFunction[];
  /** By logical id, name or ARN. @throws when there is no such function. */
  byReference(reference: string): LambdaFunction;
}

/**
 * The functions of a template, each with its own unpacked bundle. None runs before it is invoked.
 *
 * @throws when an override names a variable that no function declares: the deployed system would not have it.
 */
export async function readFunctions(
  template: Template,
  code: CodeStore,
  settings: FunctionSettings,
): Promise<Functions> {
  const resources = template.resources(["AWS::Lambda::Function"], functionSchema);
  assertDeclared(resources, settings.environment);
  const all = await Promise.all(
    resources.map(async (resource) => {
      const { Code, Handler, Timeout, MemorySize, Environment, ReservedConcurrentExecutions } = resource.properties;
      const definition = {
        logicalId: resource.logicalId,
        name: resource.name,
        arn: resource.arn,
        codeDirectory: await code.unpack(resource.logicalId, Code),
        handler: Handler,
        timeoutSeconds: Timeout,
        memoryMegabytes: MemorySize,
        environment: withOverrides(Environment.Variables, settings.environment),
        reservedConcurrency: ReservedConcurrentExecutions,
      };
      // Its access key is its logical id: so whoever is called knows who calls.
      const variables = { ...settings.runtimeVariables, AWS_ACCESS_KEY_ID: resource.logicalId };
      const created = createFunction(definition, variables, settings.onLog);
      return { ...created, invoke: telling(created.invoke, () => settings.onInvoke?.(resource.logicalId)) };
    }),
  );
  return {
    all,
    byReference(reference) {
      const found = all.find(({ definition: { logicalId, name, arn } }) => [logicalId, name, arn].includes(reference));
      if (!found) throw new Error(`The template has no function ${reference}.`);
      return found;
    },
  };
}

function telling(invoke: LambdaFunction["invoke"], tell: () => void): LambdaFunction["invoke"] {
  return (event, options) => {
    tell();
    return invoke(event, options);
  };
}

function withOverrides(declared: Readonly<Record<string, string>>, overrides: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(declared).map(([name, value]) => [name, overrides[name] ?? value]));
}

function assertDeclared(resources: readonly FunctionResource[], overrides: Readonly<Record<string, string>>): void {
  const declared = new Set(resources.flatMap(({ properties }) => Object.keys(properties.Environment.Variables)));
  const undeclared = Object.keys(overrides).filter((name) => !declared.has(name));
  if (undeclared.length > 0) {
    throw new Error(`environment ${undeclared.join(", ")}: no function of the template declares it; declare it there.`);
  }
}
