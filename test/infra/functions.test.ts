import { describe, expect, it } from "vitest";
import { envSchema as sender } from "../../lambdas/client-to-ensono/attachment-sender/env.ts";
import { envSchema as forwarder } from "../../lambdas/client-to-ensono/forwarder/env.ts";
import { envSchema as ingest } from "../../lambdas/client-to-ensono/ingest/env.ts";
import { envSchema as stager } from "../../lambdas/ensono-to-client/attachment-stager/env.ts";
import { envSchema as poller } from "../../lambdas/ensono-to-client/poller/env.ts";
import { envSchema as processor } from "../../lambdas/ensono-to-client/processor/env.ts";
import { envSchema as publisher } from "../../lambdas/upkeep/event-publisher/env.ts";
import { envSchema as sweeper } from "../../lambdas/upkeep/sweeper/env.ts";
import {
  configWith,
  environmentOf,
  functionNamed,
  referenced,
  resourcesOf,
  rightsOf,
  statementsOf,
  templateOf,
} from "./synthesised.ts";

const schemas = {
  poller,
  processor,
  "attachment-stager": stager,
  ingest,
  forwarder,
  "attachment-sender": sender,
  sweeper,
  "event-publisher": publisher,
};
const names = Object.keys(schemas);
const dev = templateOf("dev");

it("has these functions and no others", () => {
  expect(resourcesOf(templateOf("live"), "AWS::Lambda::Function")).toHaveLength(names.length);
  // Outside production there is one more, of the CDK's: it empties the bucket when the stack goes.
  expect(resourcesOf(dev, "AWS::Lambda::Function")).toHaveLength(names.length + 1);
});

describe.each(Object.entries(schemas))("%s", (name, schema) => {
  const fn = functionNamed(dev, name);

  it("is given every variable that it asks for", () => {
    expect(schema.safeParse(environmentOf(dev, fn)).error).toBeUndefined();
  });

  it("is given no variable that it does not ask for", () => {
    const common = ["STAGE", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"];
    const known = [...Object.keys(schema.shape), ...common];
    expect(known).toEqual(expect.arrayContaining(Object.keys(environmentOf(dev, fn))));
  });

  it("runs on Node 24 and arm64", () => {
    expect(fn.Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"], Handler: "index.handler" });
  });

  it("logs into a group of its own, encrypted and kept for a limited time", () => {
    const { LogGroup } = Object(fn.Properties.LoggingConfig);
    expect(referenced(dev, LogGroup).Properties).toMatchObject({
      RetentionInDays: expect.any(Number),
      KmsKeyId: expect.anything(),
    });
  });
});

describe("values of the configuration", () => {
  it("joins Ensono's origin and the client stack, with or without a slash between them", () => {
    expect(environmentOf(dev, functionNamed(dev, "poller")).ENSONO_STACK_URL).toBe("https://ensono.example/acme");
  });

  it("[E1] gives each stage its own environment of Ensono and its own ITSM", () => {
    const live = templateOf("live");
    expect(environmentOf(live, functionNamed(live, "processor"))).toMatchObject({
      STAGE: "live",
      ENSONO_ENVIRONMENT: "prod",
      CLIENT_WEBHOOK_URL: "https://itsm.example/hook",
    });
  });

  it("gives the search address where the ITSM can be searched, and else none", () => {
    const clientSearchUrl = "https://itsm.example/search";
    const clientWebhookUrl = "https://itsm.example/hook";
    const searchable = templateOf(
      "dev",
      configWith({
        client: { offers: "search" },
        stages: { dev: { environment: "dev", clientWebhookUrl, clientSearchUrl } },
      }),
    );
    const environment = environmentOf(searchable, functionNamed(searchable, "processor"));
    expect(environment.CLIENT_SEARCH_URL).toBe(clientSearchUrl);
    expect(processor.safeParse(environment).success).toBe(true);
    expect(environmentOf(dev, functionNamed(dev, "processor"))).not.toHaveProperty("CLIENT_SEARCH_URL");
  });
});

describe("hosts that files are fetched from", () => {
  const hostsIn = (config = configWith()) => {
    const template = templateOf("dev", config);
    const { ENSONO_FILE_HOSTS, CLIENT_FILE_HOSTS } = stager.parse(
      environmentOf(template, functionNamed(template, "attachment-stager")),
    );
    return { ENSONO_FILE_HOSTS, CLIENT_FILE_HOSTS };
  };

  it("[T8] are those of Amazon S3 for Ensono's files, and none for the client's, unless the configuration names more", () => {
    expect(hostsIn()).toEqual({ ENSONO_FILE_HOSTS: ["amazon-s3"], CLIENT_FILE_HOSTS: [] });
    const attachments = { ensonoHosts: ["files.ensono.example"], fetchFrom: ["*.acme.example", "cdn.example"] };
    expect(hostsIn(configWith({ attachments }))).toEqual({
      ENSONO_FILE_HOSTS: ["amazon-s3", "files.ensono.example"],
      CLIENT_FILE_HOSTS: ["*.acme.example", "cdn.example"],
    });
  });

  it.each([
    "http://127.0.0.1:4711",
    "127.0.0.1",
    "localhost",
    "10.0.0.1",
    "https://files.example.com",
    "*",
    "amazon-s3",
  ])("[T8] cannot be %s", (host) => {
    expect(() => configWith({ attachments: { fetchFrom: [host] } })).toThrow("attachments.fetchFrom");
    expect(() => configWith({ attachments: { ensonoHosts: [host] } })).toThrow("attachments.ensonoHosts");
  });
});

/** Which objects of the bucket a resource of a right means; the bucket itself is none. */
const objectsOf = (resource: unknown): string => /"(?:\/)([^"]+)"/.exec(JSON.stringify(resource))?.[1] ?? "";

describe("rights", () => {
  const storing = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
  const carrying = ["dynamodb:GetItem", "dynamodb:UpdateItem"];
  const walking = [...storing, "dynamodb:Query"];
  const expected = {
    poller: {
      ledger: storing,
      secrets: ["EnsonoApiKey"],
      sends: ["FilesToFetch", "WakeToClient"],
      consumes: [],
      files: [],
    },
    processor: {
      ledger: walking,
      secrets: ["ClientWebhook"],
      sends: ["WakeToClient", "WakeToEnsono"],
      consumes: ["WakeToClient"],
      files: ["s3:GetObject attachments/*"],
    },
    "attachment-stager": {
      ledger: carrying,
      secrets: [],
      sends: ["WakeToClient", "WakeToEnsono"],
      consumes: ["FilesToFetch"],
      files: ["s3:AbortMultipartUpload attachments/*", "s3:PutObject attachments/*"],
    },
    ingest: {
      ledger: storing,
      secrets: ["ClientApi"],
      sends: ["FilesToFetch", "WakeToEnsono"],
      consumes: [],
      files: ["s3:PutObject uploads/*"],
    },
    forwarder: {
      ledger: walking,
      secrets: ["EnsonoApiKey"],
      sends: ["FilesToSend", "WakeToClient", "WakeToEnsono"],
      consumes: ["WakeToEnsono"],
      files: [],
    },
    "attachment-sender": {
      ledger: carrying,
      secrets: ["EnsonoApiKey"],
      sends: ["WakeToEnsono"],
      consumes: ["FilesToSend"],
      files: ["s3:GetObject attachments/*", "s3:GetObject uploads/*", "s3:ListBucket "],
    },
    sweeper: {
      ledger: ["dynamodb:GetItem", "dynamodb:Query"],
      secrets: [],
      sends: ["FilesToFetch", "FilesToSend", "WakeToClient", "WakeToEnsono"],
      consumes: [],
      files: [],
    },
  };

  it.each(Object.entries(expected))("gives the %s what it needs and no more", (name, { ledger, ...resources }) => {
    const rights = rightsOf(dev, functionNamed(dev, name));
    const may = (action: string) =>
      rights
        .filter(({ Action }) => Action.includes(action))
        .flatMap(({ Resource }) => Resource.map((resource) => referenced(dev, resource).id))
        .map((id) => /EnsonoApiKey|ClientWebhook|ClientApi|WakeTo(?:Client|Ensono)|FilesTo(?:Fetch|Send)/.exec(id)?.[0])
        .sort();
    const onFiles = rights.flatMap(({ Action, Resource }) =>
      Action.filter((action) => action.startsWith("s3:")).flatMap((action) =>
        Resource.map((resource) => `${action} ${objectsOf(resource)}`),
      ),
    );
    const actions = rights.flatMap(({ Action }) => Action);
    expect([...new Set(actions.filter((action) => action.startsWith("dynamodb:")))].sort()).toEqual([...ledger].sort());
    expect({
      secrets: may("secretsmanager:GetSecretValue"),
      sends: may("sqs:SendMessage"),
      consumes: may("sqs:ReceiveMessage"),
      files: onFiles.sort(),
    }).toEqual(resources);
    expect(actions).toContain("kms:Decrypt");
  });

  it("names actions and resources: never all of them", () => {
    const policies = resourcesOf(dev, "AWS::IAM::Policy").flatMap(({ Properties }) =>
      statementsOf(Properties.PolicyDocument),
    );
    expect(policies.length).toBeGreaterThan(names.length);
    for (const { Action, Resource } of policies) {
      expect(Action).not.toContain("*");
      expect(Resource).not.toContain("*");
    }
  });

  it("gives functions no managed policy, which would let them write to any log group", () => {
    for (const name of names) {
      const role = referenced(dev, functionNamed(dev, name).Properties.Role);
      expect(role.Properties).not.toHaveProperty("ManagedPolicyArns");
    }
  });
});
