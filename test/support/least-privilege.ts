import { type AccessRequest, isAllowed, policyHolder } from "../../sandbox/emulators/permissions/evaluate.ts";
import type { AccessRecord } from "../../sandbox/emulators/permissions/permissions.ts";
import type { Grant, Policies } from "../../sandbox/emulators/permissions/policies.ts";

type Allowed = Pick<AccessRecord, "caller" | "allowed"> & AccessRequest;

/** What was allowed, and would be refused if this one right were taken away. */
export const refusedWithout = async (
  grant: Grant,
  { grants }: Policies,
  record: readonly Allowed[],
): Promise<Allowed[]> => {
  const [service] = grant.statement.Action.split(":");
  const others = grants.filter((one) => one !== grant);
  const concerned = record.filter(
    ({ allowed, action, resource, roleArn }) =>
      allowed && action.startsWith(`${service}:`) && grant.holder === (grant.ofRole ? roleArn : policyHolder(resource)),
  );
  const refused: Allowed[] = [];
  for (const request of concerned) if (!(await isAllowed(request, others))) refused.push(request);
  return refused;
};

/** The rights without any of which all that was recorded would have been allowed just the same, and AWS's own policies. */
export const unneeded = async (policies: Policies, record: readonly Allowed[]): Promise<string[]> => {
  const found: string[] = policies.managed.map(({ role, policyArn }) => `${shortName(role)}: ${policyArn}`);
  for (const grant of policies.grants.filter(({ statement }) => statement.Effect === "Allow")) {
    if ((await refusedWithout(grant, policies, record)).length === 0) found.push(inWords(grant));
  }
  return [...new Set(found)].toSorted();
};

/** For example `UpkeepSweeperRole: sqs:SendMessage on WakeToClientQueue.fifo`, or, where others are let in, who they are. */
export const inWords = ({ holder, ofRole, statement }: Grant): string => {
  const { Action, Resource, Principal, Condition = {} } = statement;
  const what = Resource === undefined || Resource === "*" ? Action : `${Action} on ${shortName(Resource)}`;
  const who = typeof Principal === "object" ? Object.values(Principal).map(shortName).join(", ") : "*";
  const only = Object.values(Condition).flatMap(Object.values).map(String).map(shortName).join(", ");
  return `${shortName(holder)}${ofRole ? "" : ` lets ${who}`}${only === "" ? "" : ` (${only})`}: ${what}`;
};

/** Without what every ARN has, and without the digests in logical ids. */
const shortName = (name: string): string =>
  name
    .replace(/^arn:aws:[a-z0-9-]*:[a-z0-9-]*:\d*:/, "")
    .replace(/^(?:role|table|function|key|log-group|secret)[/:]/, "")
    .replace(/(?<=[a-z0-9])(?!0{8})[0-9a-f]{8}(?=[./:*]|$)/gi, "");
