/**
 * Whether a file is what its name and its declared type say (I10; guide, "Transferring Files To Ensono", Limitations and the note
 * on ServiceNow's validation). The judgement is about what is known for sure; an extension that is not listed here claims nothing.
 */

/** What a library recognises the content as. */
export interface Sniffed {
  /** Without the dot. */
  readonly ext: string;
  readonly mime: string;
}

/** How many bytes from the begin of a file the judgement takes. */
export const BYTES_TO_JUDGE = 4100;

export type ContentVerdict =
  | { readonly is: "ok" }
  /** What it looks like instead, in words. */
  | { readonly is: "mismatch"; readonly looksLike: string }
  /** A program of Windows or DOS, whatever its name. */
  | { readonly is: "executable" };

/** Takes the first `BYTES_TO_JUDGE` bytes, or all there are, and what they were recognised as. */
export const judgeContent = (
  file: { fileName: string; contentType: string },
  content: { begin: Uint8Array; sniffed: Sniffed | undefined },
): ContentVerdict => {
  const kind = kindOf(content);
  if (content.begin[0] === 0x4d && content.begin[1] === 0x5a && kind !== "text") return { is: "executable" };
  const claims = [kindsByExtension.get(extensionOf(file.fileName)), kindsOfType(file.contentType)];
  const isWhatItClaims = claims.every((kinds) => kinds?.includes(kind) ?? true);
  return isWhatItClaims ? { is: "ok" } : { is: "mismatch", looksLike: inWords(kind, content.sniffed) };
};

/** The declared type where it says something, else the one that goes with the extension. */
export const contentTypeOf = (fileName: string, declared: string): string =>
  generic.has(essence(declared)) ? (typesByExtension.get(extensionOf(fileName)) ?? OCTETS) : declared.trim();

const OCTETS = "application/octet-stream";
const generic = new Set(["", OCTETS, "binary/octet-stream", "application/x-download", "application/force-download"]);

const essence = (contentType: string): string => contentType.split(";", 1).join("").trim().toLowerCase();

const extensionOf = (fileName: string): string => /\.([a-z0-9]+)$/i.exec(fileName.trim())?.[1]?.toLowerCase() ?? "";

/** Formats that consist of text, and yet are told apart. */
const textual = new Set(["pdf", "rtf", "xml", "ics", "vcf", "vtt", "pgp", "reg", "ps", "eps"]);

/** `text`, `data` for what nobody knows, or the extension of what was recognised; two letters at the begin of a text may be chance. */
const kindOf = ({ begin, sniffed }: { begin: Uint8Array; sniffed: Sniffed | undefined }): string => {
  if (isText(begin) && !textual.has(sniffed?.ext ?? "")) return "text";
  return sniffed?.ext ?? "data";
};

/** UTF-8 without control characters; a character that is cut off at the end does not count. */
const isText = (begin: Uint8Array): boolean => {
  const isControl = (byte: number) => byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b;
  if (begin.some(isControl)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(begin, { stream: true });
    return true;
  } catch {
    return false;
  }
};

const inWords = (kind: string, sniffed: Sniffed | undefined): string => {
  if (kind === "text") return "plain text";
  return sniffed === undefined ? "no known type of file" : `${sniffed.ext} (${sniffed.mime})`;
};

/** Of text nobody can tell whether it is a log or a table; `data` is text in another encoding. */
const text = ["text", "data", "xml", "rtf", "ics", "vcf", "vtt", "pgp", "reg", "ps", "eps"];
const openXml = "application/vnd.openxmlformats-officedocument";
const openDocument = "application/vnd.oasis.opendocument";

/**
 * The guide's types and others that come with tickets: extension, content type, and as what the content may be recognised.
 * The office formats are ZIP archives, and their begin does not always show which; the old ones share one container.
 */
const known: readonly (readonly [extension: string, contentType: string, kinds: readonly string[]])[] = [
  ["txt", "text/plain", text],
  ["log", "text/plain", text],
  ["csv", "text/csv", text],
  ["md", "text/markdown", text],
  ["json", "application/json", text],
  ["yaml", "application/yaml", text],
  ["xml", "application/xml", text],
  ["html", "text/html", text],
  ["htm", "text/html", text],
  ["eml", "message/rfc822", text],
  ["ics", "text/calendar", text],
  ["sql", "application/sql", text],
  ["rtf", "application/rtf", ["rtf"]],
  ["pdf", "application/pdf", ["pdf"]],
  ["docx", `${openXml}.wordprocessingml.document`, ["docx", "zip"]],
  ["xlsx", `${openXml}.spreadsheetml.sheet`, ["xlsx", "zip"]],
  ["pptx", `${openXml}.presentationml.presentation`, ["pptx", "zip"]],
  ["odt", `${openDocument}.text`, ["odt", "zip"]],
  ["ods", `${openDocument}.spreadsheet`, ["ods", "zip"]],
  ["odp", `${openDocument}.presentation`, ["odp", "zip"]],
  ["doc", "application/msword", ["cfb", "rtf"]],
  ["xls", "application/vnd.ms-excel", ["cfb"]],
  ["ppt", "application/vnd.ms-powerpoint", ["cfb"]],
  ["msg", "application/vnd.ms-outlook", ["cfb"]],
  ["jpg", "image/jpeg", ["jpg"]],
  ["jpeg", "image/jpeg", ["jpg"]],
  ["png", "image/png", ["png", "apng"]],
  ["gif", "image/gif", ["gif"]],
  ["bmp", "image/bmp", ["bmp"]],
  ["tif", "image/tiff", ["tif"]],
  ["tiff", "image/tiff", ["tif"]],
  ["webp", "image/webp", ["webp"]],
  ["svg", "image/svg+xml", text],
  ["zip", "application/zip", ["zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "jar"]],
  ["gz", "application/gzip", ["gz", "tar.gz"]],
  ["tgz", "application/gzip", ["gz", "tar.gz"]],
  ["tar", "application/x-tar", ["tar"]],
  ["7z", "application/x-7z-compressed", ["7z"]],
  ["rar", "application/vnd.rar", ["rar"]],
  ["mp4", "video/mp4", ["mp4", "m4v", "mov"]],
  ["mov", "video/quicktime", ["mov", "mp4"]],
  ["mp3", "audio/mpeg", ["mp3"]],
  ["wav", "audio/wav", ["wav"]],
];

const typesByExtension = new Map(known.map(([extension, contentType]) => [extension, contentType]));
const kindsByExtension = new Map(known.map(([extension, , kinds]) => [extension, kinds]));

/** Other names that are in use for types of the table. */
const otherNames: Readonly<Record<string, string>> = {
  "image/jpg": "image/jpeg",
  "application/x-pdf": "application/pdf",
  "application/x-zip-compressed": "application/zip",
  "application/x-gzip": "application/gzip",
};

/** What a file of the declared type may be recognised as; undefined where the type claims nothing that could be looked at. */
const kindsOfType = (declared: string): readonly string[] | undefined => {
  const type = otherNames[essence(declared)] ?? essence(declared);
  if (type.startsWith("text/")) return text;
  const kinds = known.filter(([, contentType]) => contentType === type).flatMap(([, , ofType]) => ofType);
  return kinds.length === 0 ? undefined : kinds;
};
