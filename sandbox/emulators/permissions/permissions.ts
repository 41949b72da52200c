import { accountId } from "../identities.ts";
import type { Template } from "../template.ts";
import { type Caller, readCallers, sessionOf } from "./callers.ts";
import type { Right, ServiceName } from "./calls.ts";
import { assertConditionsKnown } from "./conditions.ts";
import { type AccessRequest, isAllowed, overTls } from "./evaluate.ts";
import { readKeys, viaService } from "./keys.ts";
import { type Policies, readPolicies } from "./policies.ts";

/** A question that came up at run time, and the answer. */
export interface AccessRecord extends AccessRequest {
  /** The logical id of the function, event source or schedule that asked; a service's name where it has no role. */
  readonly caller: string;
  readonly allowed: boolean;
  /** Of a refusal that AWS does not tell as one: the call goes on, only its answer says less. */
  readonly quietly: boolean;
}

/** The rights that a template gives, asked for whatever is done in the sandbox, and the record of what was asked. */
export interface Permissions {
  readonly policies: Policies;
  readonly region: string;
  callerOf(accessKeyId: string): Caller | undefined;
  /** Gives the first of the rights that the caller does not have. */
  missing(
    caller: Caller,
    service: ServiceName,
    rights: readonly Right[],
    how?: { quietly: boolean },
  ): Promise<string | undefined>;
  mayInvoke(caller: Caller, functionArn: string): Promise<boolean>;
  /** Of a service that has no role and comes in by the function's own policy. */
  mayServiceInvoke(service: string, functionArn: string, sourceArn: string): Promise<boolean>;
  /** Gives what the function lacks of its rights to log. */
  missingForLogs(functionId: string): Promise<string | undefined>;
  /** Each question once. */
  record(): Promise<AccessRecord[]>;
}

/**
 * Reads a template's rights, and makes sure that the services can assume the roles, as AWS does on deployment.
 *
 * @throws when a role cannot be assumed, or when a right is written in a way that the sandbox does not understand.
 */
export const readPermissions = async (template: Template, region: string): Promise<Permissions> => {
  const policies = readPolicies(template);
  assertConditionsKnown(policies.grants);
  const keyOf = readKeys(template);
  const { all, logGroupOf } = readCallers(template, region);
  const callers = new Map(all.map((caller) => [caller.id, caller]));
  const asked = new Map<string, Promise<AccessRecord>>();

  const ask = async (question: Omit<AccessRecord, "allowed" | "quietly">, quietly = false): Promise<boolean> => {
    const key = JSON.stringify(question);
    const answer =
      asked.get(key) ??
      isAllowed(question, policies.grants).then((allowed) => ({ ...question, allowed, quietly: quietly && !allowed }));
    asked.set(key, answer);
    return (await answer).allowed;
  };
  const askFor = (caller: Caller, action: string, resource: string, context = {}, quietly = false) => {
    const by = { caller: caller.id, principal: sessionOf(caller), roleArn: caller.roleArn };
    return ask({ ...by, action, resource, context: { ...overTls(action), ...context } }, quietly);
  };

  for (const { id, roleArn, service, context } of all) {
    const assuming = { caller: service, principal: service, action: "sts:AssumeRole", resource: roleArn };
    if (await ask({ ...assuming, context: { ...overTls("sts:AssumeRole"), ...context } })) continue;
    throw new Error(`${id}: ${service} may not assume ${roleArn}.`);
  }

  return {
    policies,
    region,
    callerOf: (accessKeyId) => callers.get(accessKeyId),

    async missing(caller, service, rights, { quietly } = { quietly: false }) {
      for (const { action, resource, keyActions } of rights) {
        if (!(await askFor(caller, action, resource, caller.contextOfCode, quietly)))
          return `${action} on resource: ${resource}`;
        const key = keyActions.length === 0 ? undefined : keyOf(resource);
        for (const keyAction of key === undefined ? [] : keyActions) {
          const isAllowed = await askFor(caller, keyAction, key ?? "", viaService(service, region));
          if (!isAllowed) return `${keyAction} on resource: ${key}`;
        }
      }
      return undefined;
    },

    mayInvoke: (caller, functionArn) => askFor(caller, "lambda:InvokeFunction", functionArn),

    mayServiceInvoke: (service, functionArn, sourceArn) =>
      ask({
        caller: service,
        principal: service,
        action: "lambda:InvokeFunction",
        resource: functionArn,
        context: { ...overTls("lambda"), "aws:SourceArn": sourceArn, "aws:SourceAccount": accountId },
      }),

    async missingForLogs(functionId) {
      const caller = callers.get(functionId);
      const group = logGroupOf(functionId);
      if (caller === undefined || group === undefined) return undefined;
      const resource = `${group}:log-stream:sandbox`;
      for (const action of ["logs:CreateLogStream", "logs:PutLogEvents"]) {
        if (!(await askFor(caller, action, resource))) return `${action} on resource: ${resource}`;
      }
      return undefined;
    },

    record: () => Promise.all(asked.values()),
  };
};
