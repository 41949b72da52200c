/** What Ensono makes of a file's name and of its content (guide, "Transferring Files To Ensono", "Limitations"). */

const BASE64_SUFFIX = /\.base64$/i;

export const isBase64Name = (fileName: string): boolean => BASE64_SUFFIX.test(fileName);
export const withoutBase64 = (fileName: string): string => fileName.replace(BASE64_SUFFIX, "");

/** Why no file of this name is taken; undefined when it is. */
export function nameRefusal(fileName: string): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(fileName))
    return "The file name may contain letters, digits, hyphens and dots only, and must begin with a letter or digit.";
  if (extensionOf(withoutBase64(fileName)) === "exe") return "Files of type exe are not allowed.";
  return undefined;
}

const extensionOf = (fileName: string): string => /\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? "";

const office = "application/vnd.openxmlformats-officedocument";
const texts = ["text/plain"];
/** The content types that fit an extension, the usual one first. Any content type fits one that is not listed. */
const contentTypes: Record<string, readonly string[]> = {
  txt: texts,
  log: [...texts, "text/x-log"],
  csv: ["text/csv", ...texts, "application/csv", "application/vnd.ms-excel"],
  html: ["text/html", ...texts],
  htm: ["text/html", ...texts],
  json: ["application/json", ...texts],
  xml: ["application/xml", "text/xml", ...texts],
  eml: ["message/rfc822", ...texts],
  pdf: ["application/pdf"],
  png: ["image/png"],
  jpg: ["image/jpeg"],
  jpeg: ["image/jpeg"],
  gif: ["image/gif"],
  zip: ["application/zip", "application/x-zip-compressed"],
  docx: [`${office}.wordprocessingml.document`],
  xlsx: [`${office}.spreadsheetml.sheet`],
  pptx: [`${office}.presentationml.presentation`],
  doc: ["application/msword"],
  xls: ["application/vnd.ms-excel"],
  ppt: ["application/vnd.ms-powerpoint"],
};

/** How files of some kinds begin, in hexadecimal, and the extensions that such a beginning fits. */
const signatures: readonly { begins: string; kind: string; fits: readonly string[] }[] = [
  { begins: "504b0304", kind: "zip", fits: ["zip", "docx", "xlsx", "pptx"] },
  { begins: "25504446", kind: "pdf", fits: ["pdf"] },
  { begins: "89504e470d0a1a0a", kind: "png", fits: ["png"] },
  { begins: "ffd8ff", kind: "jpeg", fits: ["jpg", "jpeg"] },
  { begins: "474946383", kind: "gif", fits: ["gif"] },
  { begins: "d0cf11e0a1b11ae1", kind: "old Office", fits: ["doc", "xls", "ppt"] },
];
const EXECUTABLE = "4d5a9000";
/** So many bytes from the beginning of a file tell its kind. */
export const HEAD_BYTES = 8;

export interface ReceivedFile {
  /** Without `.base64`. */
  fileName: string;
  contentType: string;
  /** The first bytes. */
  head: Buffer;
}

/** Why ServiceNow's validation of file types drops the file; undefined when it does not. */
export function typeRefusal({ fileName, contentType, head }: ReceivedFile): string | undefined {
  const extension = extensionOf(fileName);
  const beginning = head.toString("hex");
  if (beginning.startsWith(EXECUTABLE)) return "The content is an executable.";
  const fitting = contentTypes[extension];
  if (fitting === undefined) return undefined;
  const kind = signatures.find(({ begins }) => beginning.startsWith(begins));
  if (kind !== undefined && !kind.fits.includes(extension))
    return `The content is of kind ${kind.kind}, the name says ${extension}.`;
  if (!fitting.includes(mediaType(contentType)))
    return `The Content-Type is ${contentType}, the name says ${extension}.`;
  return undefined;
}

/** The content type of a file that came as base64 text, from its name. */
export const contentTypeFor = (fileName: string): string =>
  contentTypes[extensionOf(fileName)]?.[0] ?? "application/octet-stream";

export const mediaType = (contentType: string): string => contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
