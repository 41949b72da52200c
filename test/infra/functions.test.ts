import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { envSchema as forwarder } from "../../lambdas/client-to-ensono/forwarder/env.ts";
import { envSchema as ingest } from "../../lambdas/client-to-ensono/ingest/env.ts";
import { envSchema as poller } from "../../lambdas/ensono-to-client/poller/env.ts";
import { envSchema as processor } from "../../lambdas/ensono-to-client/processor/env.ts";
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

const schemas = { poller, processor, ingest, forwarder, sweeper };
const names = Object.keys(schemas);
const dev = templateOf("dev");

it("has these functions and no others", () => {
  expect(resourcesOf(dev, "AWS::Lambda::Function")).toHaveLength(names.length);
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

describe("rights", () => {
  const reading = ["dynamodb:GetItem", "dynamodb:Query"];
  const writing = ["dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
  const expected = {
    poller: { ledger: [...reading, ...writing], secrets: ["EnsonoApiKey"], sends: ["WakeToClient"], consumes: [] },
    processor: {
      ledger: [...reading, ...writing],
      secrets: ["ClientWebhook"],
      sends: ["WakeToClient", "WakeToEnsono"],
      consumes: ["WakeToClient"],
    },
    ingest: { ledger: [...reading, ...writing], secrets: ["ClientApi"], sends: ["WakeToEnsono"], consumes: [] },
    forwarder: {
      ledger: [...reading, ...writing],
      secrets: ["EnsonoApiKey"],
      sends: ["WakeToClient", "WakeToEnsono"],
      consumes: ["WakeToEnsono"],
    },
    sweeper: { ledger: reading, secrets: [], sends: ["WakeToClient", "WakeToEnsono"], consumes: [] },
  };

  it.each(Object.entries(expected))("gives the %s what it needs and no more", (name, { ledger, ...resources }) => {
    const rights = rightsOf(dev, functionNamed(dev, name));
    const may = (action: string) =>
      rights
        .filter(({ Action }) => Action.includes(action))
        .flatMap(({ Resource }) => Resource.map((resource) => referenced(dev, resource).id))
        .map((id) => /EnsonoApiKey|ClientWebhook|ClientApi|WakeToClient|WakeToEnsono/.exec(id)?.[0])
        .sort();
    const actions = rights.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => action.startsWith("dynamodb:")).sort()).toEqual([...ledger].sort());
    expect({
      secrets: may("secretsmanager:GetSecretValue"),
      sends: may("sqs:SendMessage"),
      consumes: may("sqs:ReceiveMessage"),
    }).toEqual(resources);
    expect(actions).toContain("kms:Decrypt");
  });

  it("covers every call that the adapters of the ledger make, which no emulator checks", () => {
    const folder = join(import.meta.dirname, "..", "..", "lambdas", "shared", "adapters");
    const files = readdirSync(folder).filter((file) => file.startsWith("dynamodb-"));
    const source = files.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
    const commands = source.matchAll(
      /\b(?:Transact)?(Get|Query|Scan|Put|Update|Delete|BatchGet|BatchWrite)(?:Items?)?Command\b/g,
    );
    const partsOfTransactions = source.matchAll(/\b(Put|Update|Delete|ConditionCheck):/g);
    const used = [...commands, ...partsOfTransactions].map(
      ([, name]) => `dynamodb:${name === "Query" || name === "Scan" ? name : `${name}Item`}`,
    );
    expect(used).not.toEqual([]);
    expect([...reading, ...writing]).toEqual(expect.arrayContaining(used));
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
