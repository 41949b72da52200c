import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

/** What an operator asks of the account that a bridge is deployed in. */
export interface AwsAccount {
  /** The caller's ARN. Needs no rights. */
  callerArn(): Promise<string>;
  /** A stack's outputs by their names; undefined when there is no such stack. Throws the SDK's errors. */
  stackOutputs(stackName: string): Promise<Readonly<Record<string, string>> | undefined>;
}

export const awsAccount = (
  access: Pick<CloudFormationClientConfig, "profile" | "region" | "credentials" | "endpoint">,
): AwsAccount => ({
  async callerArn() {
    const sts = new STSClient(access);
    try {
      const { Arn } = await sts.send(new GetCallerIdentityCommand());
      if (Arn === undefined) throw new Error("AWS does not say who you are");
      return Arn;
    } finally {
      sts.destroy();
    }
  },

  async stackOutputs(StackName) {
    const cloudFormation = new CloudFormationClient(access);
    try {
      const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs);
      return Object.fromEntries(outputs.map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]));
    } catch (error) {
      // CloudFormation has no error of its own for it.
      if (error instanceof Error && error.name === "ValidationError" && /does not exist/.test(error.message))
        return undefined;
      throw error;
    } finally {
      cloudFormation.destroy();
    }
  },
});
