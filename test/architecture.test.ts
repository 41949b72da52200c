import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

/** Imports point inward (docs/architecture.md): index → handler → use case → domain; handler → adapters → ports → domain. */

const root = join(import.meta.dirname, "..");

interface Import {
  /** A package's name, or a path from the repository's root. */
  readonly target: string;
  readonly isType: boolean;
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gm;

const importsOf = (path: string, text: string): Import[] =>
  [...text.matchAll(IMPORT)].map(([, type, from, dynamic]) => {
    const named = from ?? dynamic ?? "";
    const target = named.startsWith(".") ? normalize(join(dirname(path), named)) : named;
    return { target, isType: type !== undefined };
  });

const sources: SourceFile[] = globSync(["{lambdas,lib,bin,sandbox,docs}/**/*.{ts,mjs}", "bridge.config.ts"], {
  cwd: root,
})
  .toSorted()
  .map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return { path, text, imports: importsOf(path, text) };
  });

const DOMAIN = /^lambdas\/shared\/domain\//;
const LANES = /^lambdas\/shared\/lanes\//;
const PORTS = /^lambdas\/shared\/(?:file-|event-|operation-)?ports\.ts$/;
const ADAPTERS = /^lambdas\/shared\/adapters\//;
const RUNTIME = /^lambdas\/shared\/runtime\//;
const WIRING = /^lambdas\/shared\/wiring\.ts$/;
const TABLE_LAYOUT = /^lambdas\/shared\/table-layout\.ts$/;
const METRIC_NAMES = /^lambdas\/shared\/runtime\/metric-names\.ts$/;
/** What several adapters stand on: calling over HTTP, signatures, the parts of the ledger, messages, measuring. */
const ADAPTER_HELPERS =
  /^lambdas\/shared\/adapters\/(?:http-call|http-stream|webhook-|dynamodb-|sqs-messages|measured-content|public-addresses)/;
/** Signing, what a file is, what an address is: each in the one adapter that is about it. */
const ADAPTER_LIBRARIES = /^(?:@smithy\/signature-v4|file-type|ipaddr\.js)$/;
const NODE = /^node:/;
const SDK = /^@aws-sdk\//;
const POWERTOOLS = /^(?:@aws-lambda-powertools|@middy)\//;
const ZOD = /^zod$/;

const OPERATOR_PORTS = /^bin\/operator\/ports\.ts$/;
const OPERATOR_USE_CASES = /^bin\/operator\/use-cases\//;
const OPERATOR_ADAPTERS = /^bin\/operator\/adapters\//;
const OPERATOR_SHOW = /^bin\/operator\/show\//;
/** Pure parts of the runtime, which the operator's program does in the same way. */
const DIGEST_AND_MASK = /^lambdas\/shared\/runtime\/(?:digest|mask)\.ts$/;

const FUNCTION_FOLDER = /^lambdas\/(?!shared\/)[^/]+\/[^/]+\//;
const named = (...names: string[]) => new RegExp(`${FUNCTION_FOLDER.source}(?:${names.join("|")})\\.ts$`);

/** Of each kind of file, what it may import. A function's files may also import each other; the first kind that fits counts. */
const kinds: {
  readonly kind: string;
  readonly files: RegExp;
  readonly may: readonly RegExp[];
  readonly typesOnly?: true;
}[] = [
  { kind: "the domain", files: DOMAIN, may: [DOMAIN, ZOD] },
  { kind: "the ports", files: PORTS, may: [DOMAIN, PORTS], typesOnly: true },
  { kind: "the lanes", files: LANES, may: [LANES, DOMAIN, PORTS] },
  { kind: "the table layout", files: TABLE_LAYOUT, may: [] },
  { kind: "the metric names", files: METRIC_NAMES, may: [] },
  {
    kind: "the adapters",
    files: ADAPTERS,
    may: [ADAPTER_HELPERS, ADAPTER_LIBRARIES, PORTS, DOMAIN, TABLE_LAYOUT, SDK, NODE, ZOD],
  },
  { kind: "the AWS clients", files: /\/runtime\/aws-clients\.ts$/, may: [SDK] },
  { kind: "the runtime", files: RUNTIME, may: [RUNTIME, PORTS, DOMAIN, POWERTOOLS, /^aws-lambda$/, NODE, ZOD] },
  {
    kind: "index.ts",
    files: named("index"),
    may: [/\/runtime\/(?:aws-clients|parse-env)\.ts$/, /^bridge\.config\.ts$/],
  },
  { kind: "the wiring", files: WIRING, may: [ADAPTERS, RUNTIME, ZOD] },
  { kind: "env.ts", files: named("env"), may: [/\/runtime\/parse-env\.ts$/, ZOD] },
  {
    kind: "the handlers",
    files: named("handler", "read-request"),
    may: [WIRING, ADAPTERS, RUNTIME, PORTS, DOMAIN, POWERTOOLS, /^aws-lambda$/, /^secure-json-parse$/, NODE, ZOD],
  },
  { kind: "the use cases", files: FUNCTION_FOLDER, may: [LANES, PORTS, DOMAIN, METRIC_NAMES] },
  {
    kind: "the relay",
    files: /^docs\/deploy\/relay\//,
    may: [/^docs\/deploy\/relay\//, ADAPTERS, DOMAIN, SDK, NODE, ZOD, /^aws-(?:cdk-lib|lambda)(?:\/|$)/, /^cdk\.json$/],
  },
  { kind: "bridge.config.ts", files: /^bridge\.config\.ts$/, may: [/^lambdas\/shared\/domain\/config\.ts$/] },
  { kind: "the operator's ports", files: OPERATOR_PORTS, may: [PORTS, DOMAIN], typesOnly: true },
  {
    kind: "the operator's use cases",
    files: OPERATOR_USE_CASES,
    may: [OPERATOR_USE_CASES, OPERATOR_PORTS, LANES, PORTS, DOMAIN],
  },
  {
    kind: "the operator's adapters",
    files: OPERATOR_ADAPTERS,
    may: [OPERATOR_ADAPTERS, OPERATOR_PORTS, ADAPTERS, ADAPTER_LIBRARIES, PORTS, DOMAIN, TABLE_LAYOUT, SDK, NODE, ZOD],
  },
  { kind: "what the operator sees", files: OPERATOR_SHOW, may: [OPERATOR_SHOW, OPERATOR_USE_CASES, DOMAIN, NODE] },
  {
    kind: "the operator's program",
    files: /^bin\/operator\//,
    may: [
      /^bin\/operator\//,
      DIGEST_AND_MASK,
      ADAPTERS,
      PORTS,
      DOMAIN,
      SDK,
      NODE,
      ZOD,
      /^commander$/,
      /^bridge\.config\.ts$/,
    ],
  },
  {
    kind: "the operator's entry",
    files: /^bin\/operator\.(?:ts|mjs)$/,
    may: [/^bin\/operator\/program\.ts$/, /^bin\/operator\.ts$/, NODE],
  },
  {
    kind: "lib and bin",
    files: /^(?:lib|bin)\//,
    may: [
      /^lib\//,
      /^(?:aws-cdk-lib|cdk-nag|constructs)(?:\/|$)/,
      NODE,
      /^cdk\.json$/,
      /^bridge\.config\.ts$/,
      named("env"),
      TABLE_LAYOUT,
      METRIC_NAMES,
      /^lambdas\/shared\/domain\/(?:config|fetchable-hosts)\.ts$/,
    ],
  },
];

const isPartOfSameFunction = (one: string, other: string): boolean => {
  const folder = FUNCTION_FOLDER.exec(one)?.[0];
  return folder !== undefined && other.startsWith(folder);
};

const kindOf = (path: string) => kinds.find(({ files }) => files.test(path));

describe("imports point inward", () => {
  it.each(kinds)("$kind", ({ kind, may, typesOnly }) => {
    const files = sources.filter(({ path }) => kindOf(path)?.kind === kind);
    const forbidden = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ target, isType }) => {
          const isAllowed = may.some((allowed) => allowed.test(target)) || isPartOfSameFunction(path, target);
          return !isAllowed || (typesOnly === true && !isType);
        })
        .map(({ target }) => `${path} imports ${target}`),
    );
    expect(files).not.toEqual([]);
    expect(forbidden).toEqual([]);
  });

  it("lib takes nothing but types from the functions' environments", () => {
    const values = sources
      .filter(({ path }) => path.startsWith("lib/"))
      .flatMap(({ path, imports }) => imports.map((one) => ({ path, ...one })))
      .filter(({ target, isType }) => named("env").test(target) && !isType);
    expect(values).toEqual([]);
  });

  it("nobody outside of the sandbox and the tests imports them", () => {
    const found = sources
      .filter(({ path }) => !path.startsWith("sandbox/"))
      .flatMap(({ path, imports }) => imports.map(({ target }) => `${path} imports ${target}`))
      .filter((line) => /imports (?:sandbox|test)\//.test(line));
    expect(found).toEqual([]);
  });

  it("nobody but its entry and the sandbox imports the operator's program", () => {
    const found = sources
      .filter(({ path }) => !/^(?:bin\/operator|sandbox)\/|^bin\/operator\.ts$/.test(path))
      .flatMap(({ path, imports }) => imports.map(({ target }) => `${path} imports ${target}`))
      .filter((line) => /imports bin\/operator\//.test(line));
    expect(found).toEqual([]);
  });

  it("every file of the functions is of a kind", () => {
    const strays = sources.filter(({ path }) => path.startsWith("lambdas/") && kindOf(path) === undefined);
    expect(strays.map(({ path }) => path)).toEqual([]);
  });
});

const isPure = (path: string): boolean =>
  DOMAIN.test(path) || LANES.test(path) || PORTS.test(path) || /use cases$/.test(kindOf(path)?.kind ?? "");

const linesWith = (pattern: RegExp, files: readonly SourceFile[]): string[] =>
  files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );

it("rules and use cases get time, ids and chance handed in", () => {
  const own = /Date\.now|new Date\(\)|randomUUID|Math\.random|setTimeout|performance\.now/;
  expect(
    linesWith(
      own,
      sources.filter(({ path }) => isPure(path)),
    ),
  ).toEqual([]);
});

it("the environment is read where a program starts, and nowhere else", () => {
  const elsewhere = sources.filter(
    ({ path }) =>
      !named("index").test(path) && !/^(?:bin\/[^/]+$|sandbox\/|docs\/deploy\/relay\/index\.ts$)/.test(path),
  );
  expect(linesWith(/process\.env/, elsewhere)).toEqual([]);
});

it("files stay short", () => {
  const long = sources.filter(({ text }) => text.trimEnd().split("\n").length >= 300);
  expect(long.map(({ path }) => path)).toEqual([]);
});
