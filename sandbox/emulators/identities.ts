/** The account id that the emulator of SQS puts into queue addresses, and so the one of the whole sandbox. */
export const accountId = "000000000000";

export interface Place {
  readonly region: string;
  /** What names that CloudFormation makes up begin with. */
  readonly stackName?: string | undefined;
  /** Where the emulator of SQS answers. */
  readonly sqsEndpoint: string;
}

/** What a resource is called: by `Ref`, by its attributes, and by its physical name. */
export interface Identity {
  readonly name: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** SQS clients follow the host of a queue's address, so it has to be the emulator's own. */
export function queueUrl(sqsEndpoint: string, name: string): string {
  return `${sqsEndpoint}/${accountId}/${name}`;
}

/** In the sandbox each table has one stream at most. */
export function streamArn(tableName: string, region: string): string {
  return `arn:aws:dynamodb:${region}:${accountId}:table/${tableName}/stream/sandbox`;
}

/** As in AWS a secret's ARN ends in a hyphen and six characters, on which the CDK's `secretName` counts. */
export function secretArn(name: string, region: string): string {
  return `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-sndbox`;
}

export function busArn(name: string, region: string): string {
  return `arn:aws:events:${region}:${accountId}:event-bus/${name}`;
}

type Identify = (resource: { logicalId: string; properties: Record<string, unknown> }, place: Place) => Identity;

const plainIdentity: Identify = ({ logicalId }) => ({ name: logicalId, ref: logicalId, attributes: {} });

const tableIdentity: Identify = ({ logicalId, properties }, { region }) => {
  const name = textOr(properties.TableName, logicalId);
  const Arn = `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
  return { name, ref: name, attributes: { Arn, StreamArn: streamArn(name, region) } };
};

/** The resource types that the sandbox interprets, and how others refer to them. */
export const identities: Readonly<Record<string, Identify>> = {
  "AWS::IAM::Role": ({ logicalId, properties }) => {
    const name = textOr(properties.RoleName, logicalId);
    return { name, ref: name, attributes: { Arn: `arn:aws:iam::${accountId}:role/${name}` } };
  },
  "AWS::IAM::Policy": plainIdentity,
  "AWS::KMS::Key": ({ logicalId }, { region }) => ({
    name: logicalId,
    ref: logicalId,
    attributes: { Arn: `arn:aws:kms:${region}:${accountId}:key/${logicalId}`, KeyId: logicalId },
  }),
  "AWS::Logs::LogGroup": ({ logicalId, properties }, { region, stackName = "sandbox" }) => {
    const name = textOr(properties.LogGroupName, `${stackName}-${logicalId}-sandbox`);
    return { name, ref: name, attributes: { Arn: `arn:aws:logs:${region}:${accountId}:log-group:${name}:*` } };
  },
  "AWS::SNS::Topic": ({ logicalId, properties }, { region }) => {
    const name = textOr(properties.TopicName, logicalId);
    const arn = `arn:aws:sns:${region}:${accountId}:${name}`;
    return { name, ref: arn, attributes: { TopicArn: arn, TopicName: name } };
  },
  "AWS::SNS::TopicPolicy": plainIdentity,
  "AWS::Events::EventBusPolicy": plainIdentity,
  "AWS::SQS::QueuePolicy": plainIdentity,
  "AWS::S3::BucketPolicy": plainIdentity,
  "AWS::Lambda::Permission": plainIdentity,
  "AWS::DynamoDB::Table": tableIdentity,
  "AWS::DynamoDB::GlobalTable": tableIdentity,
  "AWS::SQS::Queue": ({ logicalId, properties }, { region, sqsEndpoint }) => {
    const name = textOr(properties.QueueName, properties.FifoQueue === true ? `${logicalId}.fifo` : logicalId);
    const url = queueUrl(sqsEndpoint, name);
    const arn = `arn:aws:sqs:${region}:${accountId}:${name}`;
    return { name, ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
  },
  "AWS::S3::Bucket": ({ logicalId, properties }, { region }) => {
    const name = textOr(properties.BucketName, logicalId.toLowerCase());
    // As it is in AWS, where nothing of the sandbox answers: whoever needs the address of a file is told the emulator's.
    const RegionalDomainName = `${name}.s3.${region}.amazonaws.com`;
    return { name, ref: name, attributes: { Arn: `arn:aws:s3:::${name}`, RegionalDomainName } };
  },
  "AWS::SecretsManager::Secret": ({ logicalId, properties }, { region }) => {
    // The name CloudFormation makes up has exactly one hyphen, and the CDK counts on it.
    const name = textOr(properties.Name, `${logicalId}-unnamed`);
    const arn = secretArn(name, region);
    return { name, ref: arn, attributes: { Id: arn } };
  },
  "AWS::Lambda::Function": ({ logicalId, properties }, { region }) => {
    const name = textOr(properties.FunctionName, logicalId);
    return { name, ref: name, attributes: { Arn: `arn:aws:lambda:${region}:${accountId}:function:${name}` } };
  },
  "AWS::Lambda::EventSourceMapping": plainIdentity,
  "AWS::Events::EventBus": ({ logicalId, properties }, { region }) => {
    const name = textOr(properties.Name, logicalId);
    return { name, ref: name, attributes: { Arn: busArn(name, region), Name: name } };
  },
  "AWS::Scheduler::Schedule": ({ logicalId, properties }, { region }) => {
    const name = textOr(properties.Name, logicalId);
    return {
      name,
      ref: name,
      attributes: { Arn: `arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}` },
    };
  },
  "AWS::ApiGateway::RestApi": ({ logicalId }) => ({
    name: logicalId,
    ref: logicalId,
    attributes: { RootResourceId: `${logicalId}-root` },
  }),
  "AWS::ApiGateway::Resource": plainIdentity,
  "AWS::ApiGateway::Method": plainIdentity,
  "AWS::ApiGateway::Stage": ({ logicalId, properties }) => {
    const name = textOr(properties.StageName, logicalId);
    return { name, ref: name, attributes: {} };
  },
};

function textOr(value: unknown, fallback: string): string {
  return typeof value === "string" ? value : fallback;
}
