import * as z from "zod";
import type { Problem } from "../../../lambdas/shared/domain/client-contract.ts";

/** A request that cannot be served; `status` is what it is answered with. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.field === undefined ? problem.error : `${problem.field}: ${problem.error}`);
    this.status = status;
    this.problem = problem;
  }
}

/** Reads a JSON body. Throws ProblemError (400) that names the first field that is wrong. */
export const readJson = <Schema extends z.ZodType>(schema: Schema, body: string): z.infer<Schema> => {
  const parsed = schema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ProblemError(400, {
    error: issue?.message ?? "not understood",
    ...(issue && issue.path.length > 0 && { field: z.core.toDotPath(issue.path) }),
  });
};

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body || "{}");
  } catch (cause) {
    throw new ProblemError(400, { error: `expected JSON: ${String(cause)}` });
  }
};
