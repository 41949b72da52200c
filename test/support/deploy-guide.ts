import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The pages of the deploy guide, and what is marked in them for machines: `<!-- template: event -->` before a block of code. */

export const root = join(import.meta.dirname, "..", "..");

export interface Page {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

export const pages: readonly Page[] = globSync(["docs/deploy.md", "docs/deploy/**/*.md"], { cwd: root })
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

export const pageNamed = (name: string): Page => {
  const found = pages.find(
    ({ path }) =>
      `docs/${name}.md` === path || [`${name}.md`, `${name}/README.md`].includes(path.replace("docs/deploy/", "")),
  );
  if (found === undefined) throw new Error(`the deploy guide has no page ${name}`);
  return found;
};

export interface Block {
  readonly page: string;
  readonly name: string;
  readonly text: string;
}

const MARKED = /<!-- (\w+): ([\w-]+) -->\s*```\w*\n([\s\S]*?)\n```/g;

/** The marked blocks of a kind, on one page or on all. */
export const blocks = (kind: string, from: readonly Page[] = pages): Block[] =>
  from.flatMap(({ path, text }) =>
    [...text.matchAll(MARKED)].flatMap(([, found, name = "", block = ""]) =>
      found === kind ? [{ page: path, name, text: block }] : [],
    ),
  );

export const block = (kind: string, name: string, from: readonly Page[] = pages): string => {
  const [found] = blocks(kind, from).filter((one) => one.name === name);
  if (found === undefined) throw new Error(`the deploy guide has no ${kind} ${name}`);
  return found.text;
};

/** A text with all that breaks JSON which is put together by hand. */
export const AWKWARD = 'He said "no"\nin C:\\temp at 5 €';

const ids: Readonly<Record<string, string>> = {
  "issue.key": "ITSM-7",
  "initiator.accountId": "712020:5f3a",
  "comment.id": "10501",
  "ticket.id": "35436",
  "ticket.id_numeric": "17",
  "ticket.latest_comment.id": "206091192546",
  "ticket.requester.email": "jason.doe@example.com",
  "ticket.agent.email": "dana.cruz@example.com",
  "current_user.email": "dana.cruz@example.com",
};

/** Texts of a ticket, and names that people give. */
const texts = new Set([
  "issue.summary",
  "issue.description",
  "issue.status.name",
  "issue.priority.name",
  "issue.resolution.name",
  "issue.reporter.displayName",
  "comment.body",
  "comment.author.displayName",
  "initiator.displayName",
  "ticket.title",
  "ticket.subject",
  "ticket.description",
  "ticket.description_text",
  "ticket.latest_comment",
  "ticket.latest_public_comment",
  "ticket.status",
  "ticket.priority",
  "ticket.group.name",
  "ticket.requester.name",
  "ticket.agent.name",
  "current_user.name",
]);

const sampleOf = (placeholder: string): string => {
  const known = ids[placeholder] ?? (texts.has(placeholder) ? AWKWARD : undefined);
  if (known === undefined) throw new Error(`no value for the placeholder ${placeholder}: is it one of the vendor's?`);
  return known;
};

/**
 * A template as the tool sends it. `asJsonString` gives a text with its quotes; any other placeholder stands within quotes, and its
 * text is escaped, as a tool must that fills JSON. `hasOptional`: whether the fields behind `{{#if(…)}}` have a value.
 */
export const filled = (template: string, { hasOptional }: { hasOptional: boolean }): string =>
  template
    .replaceAll(/\{\{#if\([\w.]+\)\}\}([\s\S]*?)\{\{\/\}\}/g, (_, content: string) => (hasOptional ? content : ""))
    .replaceAll(/\{\{if\(equals\([\w.]+, "\w+"\), "(\w+)", "\w+"\)\}\}/g, (_, word: string) => word)
    .replaceAll(/\{\{([\w.]+)\.asJsonString\}\}/g, (_, name: string) => JSON.stringify(sampleOf(name)))
    .replaceAll(/\{\{([\w.]+)(?: \| strip_html)?\}\}/g, (_, name: string) =>
      JSON.stringify(sampleOf(name)).slice(1, -1),
    );
