/**
 * What AWS charges: US dollars in us-east-1, on demand, without free tiers. `seen` is the month in which a page named the
 * price; none means that no dated page was at hand, so look before you budget. Other regions cost up to a quarter more.
 */
export interface Price {
  readonly usd: number;
  /** The price is for so many of them. */
  readonly per: number;
  readonly unit: string;
  readonly page: string;
  readonly seen?: string;
}

const MILLION = 1_000_000;

export const prices = {
  lambdaRequests: { usd: 0.2, per: MILLION, unit: "requests", page: "aws.amazon.com/lambda/pricing", seen: "2026-03" },
  lambdaArmGbSeconds: {
    usd: 13.3334,
    per: MILLION,
    unit: "GB-seconds",
    page: "aws.amazon.com/lambda/pricing",
    seen: "2026-03",
  },
  scheduler: {
    usd: 1,
    per: MILLION,
    unit: "invocations",
    page: "aws.amazon.com/eventbridge/pricing",
    seen: "2026-03",
  },
  dynamoDbWrites: {
    usd: 0.625,
    per: MILLION,
    unit: "write units",
    page: "aws.amazon.com/dynamodb/pricing/on-demand",
    seen: "2026-03",
  },
  dynamoDbReads: {
    usd: 0.125,
    per: MILLION,
    unit: "read units",
    page: "aws.amazon.com/dynamodb/pricing/on-demand",
    seen: "2026-03",
  },
  dynamoDbStorage: {
    usd: 0.25,
    per: 1,
    unit: "GB-months",
    page: "aws.amazon.com/dynamodb/pricing/on-demand",
    seen: "2026-03",
  },
  dynamoDbBackup: { usd: 0.2, per: 1, unit: "GB-months", page: "aws.amazon.com/dynamodb/pricing/on-demand" },
  sqs: { usd: 0.5, per: MILLION, unit: "requests (FIFO)", page: "aws.amazon.com/sqs/pricing", seen: "2026-03" },
  busEvents: { usd: 1, per: MILLION, unit: "events", page: "aws.amazon.com/eventbridge/pricing" },
  restApi: { usd: 3.5, per: MILLION, unit: "requests", page: "aws.amazon.com/api-gateway/pricing", seen: "2026-03" },
  logs: { usd: 0.5, per: 1, unit: "GB", page: "aws.amazon.com/cloudwatch/pricing", seen: "2026-06" },
  metrics: { usd: 0.3, per: 1, unit: "metrics", page: "aws.amazon.com/cloudwatch/pricing", seen: "2026-02" },
  alarms: { usd: 0.1, per: 1, unit: "alarmed metrics", page: "aws.amazon.com/cloudwatch/pricing", seen: "2026-06" },
  compositeAlarms: { usd: 0.5, per: 1, unit: "composite alarms", page: "aws.amazon.com/cloudwatch/pricing" },
  dashboards: { usd: 3, per: 1, unit: "dashboards", page: "aws.amazon.com/cloudwatch/pricing", seen: "2026-06" },
  secrets: { usd: 0.4, per: 1, unit: "secrets", page: "aws.amazon.com/secrets-manager/pricing" },
  secretReads: { usd: 0.05, per: 10_000, unit: "reads", page: "aws.amazon.com/secrets-manager/pricing" },
  keys: { usd: 1, per: 1, unit: "keys", page: "aws.amazon.com/kms/pricing", seen: "2026-03" },
  keyRequests: { usd: 0.03, per: 10_000, unit: "requests", page: "aws.amazon.com/kms/pricing", seen: "2026-06" },
  s3Storage: { usd: 0.023, per: 1, unit: "GB-months", page: "aws.amazon.com/s3/pricing" },
  egress: { usd: 0.09, per: 1, unit: "GB", page: "aws.amazon.com/ec2/pricing/on-demand", seen: "2026-03" },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;
