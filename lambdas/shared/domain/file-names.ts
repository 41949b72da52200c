/**
 * Names of files on their way to Ensono (I10; guide, "Transferring Files To Ensono", Limitations): letters, digits, hyphens and
 * dots, the first a letter or a digit, and no `.exe`.
 */

/** Names that Ensono does not take whatever they contain, also behind the suffix by which it decodes base64. */
export const isExecutable = (fileName: string): boolean => /\.exe[\s.]*(?:\.base64[\s.]*)?$/i.test(fileName.trim());

const LONGEST = 120;
const EXTENSION = /(?<=.)\.[A-Za-z0-9]{1,15}$/s;
const LONGEST_EXTENSION = 16;
const MARK_CHARACTERS = 8;
/** What a changed name ends with; a name that looks like that by itself is changed as well, so that no two ever meet. */
const MARK = /-[0-9a-f]{16}$/;
const SAFE = /^[A-Za-z0-9][A-Za-z0-9.-]*$/;

/** A mark for names, from a digest of what tells the file from all others. */
export const fileMark = (digest: string): string =>
  Array.from({ length: MARK_CHARACTERS }, (_, nth) => (digest.charCodeAt(nth) || 0).toString(16).padStart(2, "0")).join(
    "",
  );

/**
 * Gives the name under which Ensono gets a file: the name itself where Ensono takes it, else one with the other characters
 * replaced, the extension kept and a mark before it. With marks of the original names, two different names never become the same.
 */
export const safeFileName = (original: string, mark: string): string =>
  isSafe(original) ? original : markedFileName(original, mark);

const isSafe = (name: string): boolean =>
  SAFE.test(name) && name.length <= LONGEST && !MARK.test(partsOf(name).stem) && !isDecoded(name);

/** The same with the mark in any case: for a second file of the same name. */
export const markedFileName = (original: string, mark: string): string => {
  const name = original.trim();
  const { stem, extension } = partsOf(isDecoded(name) ? `${partsOf(name).stem}-base64.txt` : name);
  const kept = plainText(stem).slice(0, LONGEST - LONGEST_EXTENSION - mark.length - 1);
  return `${kept.replace(/[.-]+$/, "") || "file"}-${mark}${extension}`;
};

/** Ensono takes the suffix off and decodes what it got: of a file that is really called so, that would spoil it. */
const isDecoded = (name: string): boolean => /\.base64$/i.test(name);

const partsOf = (name: string): { stem: string; extension: string } => {
  const extension = EXTENSION.exec(name)?.[0] ?? "";
  return { stem: name.slice(0, name.length - extension.length), extension };
};

/** Letters, digits, single dots and hyphens, of which none stands at an end. */
const plainText = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9.]+/g, "-")
    .replace(/-*\.[.-]*/g, ".")
    .replace(/^[.-]+|[.-]+$/g, "");
