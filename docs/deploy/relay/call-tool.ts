import { ToolError } from "./tool.ts";

/** Calls a tool's REST API. Gives its JSON, an empty object where it answers none. Throws ToolError. */
export type CallTool = (
  method: "GET" | "POST" | "PUT",
  path: string,
  body?: object | FormData | Blob,
  headers?: Readonly<Record<string, string>>,
) => Promise<unknown>;

/** The bridge waits 20 s for the whole answer; two calls must fit. */
const TIME_OUT_MS = 8_000;

/**
 * @param authorization gives the header's value anew for each call, so that a changed key counts.
 * @param send the global fetch, or a test's.
 */
export const callTool =
  (deps: { baseUrl: string; authorization: () => Promise<string>; send: typeof fetch }): CallTool =>
  async (method, path, body, headers = {}) => {
    const content = contentOf(body);
    const answer = await deps
      .send(`${deps.baseUrl}${path}`, {
        method,
        redirect: "error",
        signal: AbortSignal.timeout(TIME_OUT_MS),
        headers: {
          accept: "application/json",
          authorization: await deps.authorization(),
          ...content.headers,
          ...headers,
        },
        ...(content.body !== undefined && { body: content.body }),
      })
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.name : "no connection";
        throw new ToolError(method === "GET" ? "none" : "unknown", 504, `${method} ${path} has no answer: ${why}`);
      });
    const text = await answer.text();
    if (answer.ok) return readJson(text);
    throw refusal(answer.status, `${method} ${path} was answered ${answer.status}: ${text.slice(0, 200)}`);
  };

const contentOf = (
  body: object | FormData | Blob | undefined,
): { body?: NonNullable<RequestInit["body"]>; headers: Record<string, string> } => {
  if (body === undefined) return { headers: {} };
  // Their content type is their own: a form's has the boundary in it.
  if (body instanceof FormData || body instanceof Blob) return { body, headers: {} };
  return { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
};

/** A refused key concerns every ticket, so the bridge is told 401 and stops; what is wrong with one ticket holds that one. */
const refusal = (status: number, said: string): ToolError => {
  if (status === 429 || status === 503) return new ToolError("none", 503, said);
  if (status >= 500 || status === 408) return new ToolError("unknown", 502, said);
  return new ToolError("none", status === 401 ? 401 : 422, said);
};

const readJson = (text: string): unknown => {
  try {
    return text.trim() === "" ? {} : JSON.parse(text);
  } catch {
    return {};
  }
};

/** Larger files do not fit into the 20 s and the memory of the relay. */
const MOST_BYTES = 15 * 1024 * 1024;

/** The bytes of a delivered file, from within it or from its link; undefined where they are too many. Throws ToolError. */
export const fileOf = async (
  file: { content?: string | undefined; url?: string | undefined; contentType: string; size: number },
  send: typeof fetch,
): Promise<Blob | undefined> => {
  const type = file.contentType;
  if (file.size > MOST_BYTES) return undefined;
  if (file.content !== undefined) return new Blob([Buffer.from(file.content, "base64")], { type });
  const failed = new ToolError("none", 503, "the file could not be fetched from the bridge's link");
  if (file.url === undefined) throw failed;
  const answer = await send(file.url, { signal: AbortSignal.timeout(TIME_OUT_MS) }).catch(() => undefined);
  if (answer?.ok !== true) throw failed;
  return new Blob([await answer.arrayBuffer()], { type });
};

/** What stands on the ticket in place of a file that is too large. */
export const tooLargeText = ({ fileName, size }: { fileName: string; size: number }): string =>
  `Ensono attached ${fileName} (${size} bytes). It is too large to be handed on; ask Ensono for it.`;
