import * as z from "zod";
import type { Template } from "../template.ts";
import type { ServiceName } from "./calls.ts";

const tableSchema = z.object({ SSESpecification: z.object({ KMSMasterKeyId: z.string().optional() }).default({}) });
const queueSchema = z.object({ KmsMasterKeyId: z.string().optional() });
const secretSchema = z.object({ KmsKeyId: z.string().optional() });
const ruleSchema = z.object({
  ServerSideEncryptionByDefault: z.object({ KMSMasterKeyID: z.string().optional() }).default({}),
});
const bucketSchema = z.object({
  BucketEncryption: z.object({ ServerSideEncryptionConfiguration: z.array(ruleSchema) }).optional(),
});

/** Which key of the customer's a resource is encrypted with, by the resource's ARN; AWS's own keys need no rights. */
export const readKeys = (template: Template): ((resource: string) => string | undefined) => {
  const keys = [
    ...template
      .resources(["AWS::DynamoDB::Table"], tableSchema)
      .map(({ arn, properties }) => ({ arn, key: properties.SSESpecification.KMSMasterKeyId })),
    ...template
      .resources(["AWS::SQS::Queue"], queueSchema)
      .map(({ arn, properties }) => ({ arn, key: properties.KmsMasterKeyId })),
    ...template
      .resources(["AWS::SecretsManager::Secret"], secretSchema)
      .map(({ ref, properties }) => ({ arn: ref, key: properties.KmsKeyId })),
    ...template.resources(["AWS::S3::Bucket"], bucketSchema).map(({ arn, properties }) => ({
      arn,
      key: properties.BucketEncryption?.ServerSideEncryptionConfiguration[0]?.ServerSideEncryptionByDefault
        .KMSMasterKeyID,
    })),
  ];
  // The ARN of an object or an index begins with that of its bucket or table.
  return (resource) => {
    const key = keys.find(({ arn }) => resource === arn || resource.startsWith(`${arn}/`))?.key;
    return key?.startsWith("arn:") ? key : undefined;
  };
};

/** What KMS is told of a use that comes by way of another service. */
export const viaService = (service: ServiceName, region: string): Record<string, string> => ({
  "kms:ViaService": `${service}.${region}.amazonaws.com`,
});
