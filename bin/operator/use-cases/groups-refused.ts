import type { Digest } from "../../../lambdas/shared/domain/marks.ts";
import { BRIDGE } from "../../../lambdas/shared/domain/steps.ts";
import type { Clock } from "../../../lambdas/shared/ports.ts";
import type { Inspection } from "../ports.ts";
import { tellEntry } from "./tell-entry.ts";

export interface GroupDeps {
  readonly inspection: Pick<Inspection, "entriesSince">;
  readonly clock: Clock;
  readonly digest: Digest;
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** What `withDefaultGroup` (domain/plan.ts) tells on a ticket whose group Ensono did not know (E13). */
const TOLD = /^The group "(.+)" is not known at Ensono;/;

/** The groups that Ensono did not know within the last week, the most frequent first. Reads the whole table. */
export const groupsRefused = async ({
  inspection,
  clock,
  digest,
}: GroupDeps): Promise<readonly { name: string; times: number }[]> => {
  const times = new Map<string, number>();
  const now = clock();
  for await (const entry of inspection.entriesSince(now - WEEK_MS)) {
    for (const { content } of tellEntry(entry, [], { digest, now }).steps) {
      const comments: unknown[] = Array.isArray(content.comments) ? content.comments : [];
      for (const comment of comments) {
        const name = groupIn(comment);
        if (name !== undefined) times.set(name, (times.get(name) ?? 0) + 1);
      }
    }
  }
  return [...times].map(([name, count]) => ({ name, times: count })).toSorted((one, other) => other.times - one.times);
};

const groupIn = (comment: unknown): string | undefined => {
  if (typeof comment !== "object" || comment === null || !("commenter" in comment) || !("body" in comment))
    return undefined;
  return comment.commenter === BRIDGE ? TOLD.exec(String(comment.body))?.[1] : undefined;
};
