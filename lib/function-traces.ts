import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { type AnyFunction, resourceOf, shareRights } from "./constructs/shared-rights.ts";

/** X-Ray for all functions: Lambda itself tells of each run that is sampled, by the function's role. */
export class FunctionTraces extends Construct {
  constructor(scope: Construct, id: string, functions: readonly AnyFunction[]) {
    super(scope, id);
    for (const fn of functions) resourceOf(fn).tracingConfig = { mode: "Active" };
    const actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
    shareRights(this, functions, new PolicyStatement({ actions, resources: ["*"] }));
  }
}
