/** Texts for a terminal: what others wrote is made harmless, measured, cut and wrapped. */

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
/** Gives a text in a style; as it is where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;
export const plain: Paint = (_, text) => text;

/**
 * What a terminal would act upon instead of showing it, by Unicode's categories: control characters (Cc; with them the escapes of
 * CSI and OSC, in 7 bits and in 8), line and paragraph separators, and formats (Cf), which are invisible or turn the direction of
 * writing around.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const NAMES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001b": "\\e" };

/** As in JSON, by the units of UTF-16. */
const escaped = (sign: string): string =>
  sign
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/** The text with a visible name in place of each character that is none to be seen. */
export const visible = (text: string): string => text.replace(UNSEEN, (sign) => NAMES[sign] ?? escaped(sign));

/** JSON that is as harmless on a terminal as it is elsewhere: the same value to whoever parses it. */
export const visibleJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replace(UNSEEN, (sign) => (sign === "\n" ? sign : escaped(sign)));

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const WIDE =
  /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\uff01-\uff60\u3000-\u303e]/u;

/** How many columns a text takes. */
export const widthOf = (text: string): number =>
  [...graphemes.segment(text)].reduce((width, { segment }) => width + (WIDE.test(segment) ? 2 : 1), 0);

/** The text, cut to so many columns; what is cut off is told by an ellipsis. */
export const cut = (text: string, columns: number): string => {
  if (widthOf(text) <= columns) return text;
  const [first = ""] = pieces(text, columns - 1);
  return `${first}…`;
};

export const padded = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - widthOf(text)));

/** The text in lines of at most so many columns, broken at blanks where there are any. */
export const wrapped = (text: string, columns: number): string[] => {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((one) => pieces(one, columns))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= columns) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
};

/** A word in pieces of at most so many columns. */
const pieces = (word: string, columns: number): string[] => {
  const found: string[] = [];
  let piece = "";
  for (const { segment } of graphemes.segment(word)) {
    if (piece !== "" && widthOf(piece + segment) > columns) {
      found.push(piece);
      piece = "";
    }
    piece += segment;
  }
  return [...found, piece];
};

/** `2026-11-24 12:00:01`, in UTC. */
export const when = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
export const timeOf = (iso: string): string => iso.slice(11, 19);

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

/** How long ago a moment was, in its largest unit: `3 h`. */
export const ageOf = (iso: string, nowIso: string): string => {
  const seconds = Math.max(0, Math.round((Date.parse(nowIso) - Date.parse(iso)) / 1000));
  const [unit, size] = UNITS.find(([, one]) => seconds >= one) ?? ["s", 1];
  return `${Math.floor(seconds / size)} ${unit}`;
};
