import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { toolOptionsSchema } from "../../docs/deploy/relay/tools/tools.ts";
import { verifyWebhook } from "../../lambdas/shared/adapters/webhook-signature.ts";
import {
  clientEventBodySchema,
  clientNumberBodySchema,
  noticeAnswerSchema,
  noticeSchema,
} from "../../lambdas/shared/domain/client-contract.ts";
import { bridgeConfigSchema } from "../../lambdas/shared/domain/config.ts";
import { configWith, resourcesOf, templateOf } from "../infra/synthesised.ts";
import { AWKWARD, block, blocks, filled, pageNamed, pages, root } from "../support/deploy-guide.ts";

/** What docs/deploy.md and its pages tell people to paste: held against what the bridge runs on. */

const schemas: Readonly<Record<string, z.ZodType>> = {
  event: clientEventBodySchema,
  "client-number": clientNumberBodySchema,
  delivery: noticeSchema,
  answer: noticeAnswerSchema,
};

describe("templates", () => {
  const templates = blocks("template");

  it.each(["servicenow", "jira", "zendesk", "freshservice"])("%s has its events", (tool) => {
    const ofTool = templates.filter(({ page, name }) => page.endsWith(`${tool}.md`) && name === "event");
    const events = ofTool.map(({ text }) =>
      clientEventBodySchema.parse(JSON.parse(filled(text, { hasOptional: true }))),
    );
    expect(events.some(({ ticket }) => ticket.shortDescription !== undefined)).toBe(true);
    expect(events.some(({ comments }) => comments.length > 0)).toBe(true);
    expect(events.some(({ approval }) => approval !== undefined)).toBe(true);
  });

  it.each(templates.map((one) => [`${one.page} (${one.name})`, one] as const))(
    "%s is of the contract",
    (_, { name, text }) => {
      const schema = schemas[name];
      expect(schema, `no schema for ${name}`).toBeDefined();
      for (const hasOptional of [true, false]) {
        const body = filled(text, { hasOptional });
        expect(body).not.toMatch(/\{\{|\}\}/);
        expect(schema?.safeParse(JSON.parse(body)).error?.issues ?? []).toEqual([]);
      }
    },
  );

  it("carries a text as it is, with quotes, backslashes and line breaks", () => {
    for (const tool of ["jira", "zendesk", "freshservice"]) {
      const [first] = blocks("template", [pageNamed(tool)]);
      const event = clientEventBodySchema.parse(JSON.parse(filled(first?.text ?? "", { hasOptional: true })));
      expect(event.ticket.description).toBe(AWKWARD);
    }
  });
});

const snippetSchema = z.object({ client: z.unknown(), mappings: z.unknown() });

describe("configurations", () => {
  it.each(blocks("config").map(({ name, text }) => [name, text] as const))("%s is a bridge.config.ts", (_, text) => {
    const evaluated: unknown = runInNewContext(`${text}; JSON.stringify({ client, mappings })`);
    const given = snippetSchema.parse(JSON.parse(z.string().parse(evaluated)));
    const whole = { ...configWith(), ...given };
    expect(bridgeConfigSchema.safeParse(whole).error?.issues ?? []).toEqual([]);
  });

  it("says bearer exactly for those that cannot sign", () => {
    const says = blocks("config").map(({ name, text }) => [name, /authentication: "(\w+)"/.exec(text)?.[1]]);
    expect(Object.fromEntries(says)).toEqual({
      servicenow: "signature",
      jira: "bearer",
      zendesk: "bearer",
      freshservice: "bearer",
    });
  });

  it("the relay takes its entries", () => {
    const entries = blocks("relay").map(({ text }) => toolOptionsSchema.parse(JSON.parse(text)).tool);
    expect(entries.toSorted()).toEqual(["freshservice", "jira", "zendesk"]);
    const shown = [...pageNamed("relay").text.matchAll(/`(\{ tool: .*? \})`/g)].map(([, entry = ""]) =>
      toolOptionsSchema.parse(JSON.parse(z.string().parse(runInNewContext(`JSON.stringify(${entry})`)))),
    );
    expect(shown.map(({ tool }) => tool)).toEqual(["zendesk", "freshservice", "jira"]);
  });
});

describe("the stack that the guide speaks of", () => {
  const template = templateOf("dev");
  const production = templateOf("live");

  it("has the outputs of the guide, and no others", () => {
    const [, table = ""] = pageNamed("deploy").text.split("<!-- outputs -->");
    const named = [...(table.split("They can")[0] ?? "").matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(named.toSorted()).toEqual(Object.keys(template.findOutputs("*")).toSorted());
    const asked = pages.flatMap(({ text }) => [...text.matchAll(/\$\(output (\w+)\)/g)].map(([, name = ""]) => name));
    expect(asked.filter((name) => !named.includes(name))).toEqual([]);
  });

  it("has the secrets of the guide, by these names", () => {
    const secrets = resourcesOf(template, "AWS::SecretsManager::Secret").map(({ Properties }) =>
      String(Properties.Name),
    );
    const [, table = ""] = pageNamed("deploy").text.split("<!-- secrets -->");
    const rows = [...(table.split("```")[0] ?? "").matchAll(/^\| `EnvisionBridge-<stage>\/([\w-]+)`/gm)].map(
      ([, one]) => one,
    );
    expect(rows.map((name) => `EnvisionBridge-dev/${name}`).toSorted()).toEqual(secrets.toSorted());
    const everywhere = pages.flatMap(({ text }) => [
      ...text.matchAll(/(?:EnvisionBridge-(?:<stage>|\w+)|\$stack)\/([a-z]+(?:-[a-z]+)+)/g),
    ]);
    expect(everywhere.length).toBeGreaterThan(10);
    expect(everywhere.map(([, name]) => name).filter((name) => !rows.includes(name))).toEqual([]);
  });

  it("keeps in production what the guide says is kept", () => {
    const kept = (type: string) =>
      resourcesOf(production, type).filter(({ DeletionPolicy }) => DeletionPolicy === "Retain").length;
    expect({
      tables: kept("AWS::DynamoDB::Table"),
      buckets: kept("AWS::S3::Bucket"),
      secrets: kept("AWS::SecretsManager::Secret"),
      logGroups: kept("AWS::Logs::LogGroup"),
    }).toEqual({ tables: 1, buckets: 1, secrets: 3, logGroups: 9 });
    expect(kept("AWS::KMS::Key")).toBe(resourcesOf(production, "AWS::KMS::Key").length);
    expect(pageNamed("operations").text).toContain("| nine log groups");
  });

  it("has the alarms that the guide names", () => {
    const alarms = [
      ...resourcesOf(template, "AWS::CloudWatch::Alarm"),
      ...resourcesOf(template, "AWS::CloudWatch::CompositeAlarm"),
    ];
    const names = alarms.map(({ Properties }) => String(Properties.AlarmName).replace("EnvisionBridge-dev-", ""));
    const beginnings = new Set(names.map((name) => name.split("-")[0]));
    // Secrets and directions begin like alarms, and have tests of their own; one is a tag in Zendesk.
    const others = /^(?:to-client|to-ensono|[a-z-]+-(?:secret|key)|ensono-approved)$/;
    const named = pages
      .flatMap(({ text }) => [...text.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, name = ""]) => name))
      .filter((name) => beginnings.has(name.split("-")[0]) && !others.test(name));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
  });

  it("gives the poller a reservation, and nobody else: a restore puts it back", () => {
    const reserved = resourcesOf(production, "AWS::Lambda::Function").filter(
      ({ Properties }) => Properties.ReservedConcurrentExecutions !== undefined,
    );
    expect(reserved.map(({ id }) => id)).toEqual([expect.stringContaining("Poller")]);
    expect(reserved[0]?.Properties.ReservedConcurrentExecutions).toBe(1);
  });

  it("expires items by the attribute that a restore names", () => {
    const [table] = resourcesOf(production, "AWS::DynamoDB::Table");
    const { AttributeName } = z.object({ AttributeName: z.string() }).parse(table?.Properties.TimeToLiveSpecification);
    expect(pageNamed("operations").text).toContain(`Enabled=true,AttributeName=${AttributeName}`);
  });
});

describe("the first ticket", () => {
  const SECRET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV";
  const script = `
    aws() { case "$*" in
      *describe-stacks*) echo https://api.example/v1/ ;;
      *EnvisionBridge-dev/client-api-secret*) echo ${SECRET} ;;
      *) echo "unexpected: $*" >&2; exit 1 ;;
    esac; }
    curl() { printf '%s\\0' "$@"; }
    ${block("script", "first-ticket")}`;

  it("is signed as the bridge verifies it, and is an event", () => {
    const args = execFileSync("bash", ["-euc", script], { encoding: "utf8" }).split("\0");
    expect(args).toContain("https://api.example/v1/events");
    const header = (name: string) => args.find((one) => one.startsWith(`${name}: `))?.slice(name.length + 2);
    const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    const headers = Object.fromEntries(names.map((name) => [name, header(name)]));
    const body = args[args.indexOf("--data-binary") + 1] ?? "";
    const now = Number(headers["webhook-timestamp"]) * 1000;
    expect(verifyWebhook({ secrets: [SECRET], headers, body, now })).toMatchObject({ ok: true });
    expect(verifyWebhook({ secrets: [SECRET], headers, body: `${body} `, now })).toMatchObject({ ok: false });
    expect(clientEventBodySchema.parse(JSON.parse(body)).ticket.description).toContain('"no"');
  });
});

describe("links and commands", () => {
  const anchorsOf = (path: string): string[] =>
    [...readFileSync(join(root, path), "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    );

  it("lead somewhere", () => {
    const dead = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)].flatMap(([, file = "", anchor]) => {
        const target = file === "" ? path : normalize(join(dirname(path), file));
        if (!existsSync(join(root, target))) return [`${path}: ${file}`];
        const isThere = anchor === undefined || anchorsOf(target).includes(anchor);
        return isThere ? [] : [`${path}: ${file}#${anchor}`];
      }),
    );
    expect(dead).toEqual([]);
  });

  it("are the repository's own", () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
    const named = pages.flatMap(({ text }) =>
      [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = ""]) => name),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const files = pages.flatMap(({ text }) => [...text.matchAll(/node ([\w/.-]+\.ts)/g)].map(([, file = ""]) => file));
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    expect(readFileSync(join(root, "README.md"), "utf8")).toContain("docs/deploy.md");
  });
});
