/**
 * Free text on its way to Ensono (E7; guide, "SPECIAL CHARACTERS"): escaped once here, and a second time when the body
 * becomes JSON. On the wire a newline is then `\\n`, a tab `\\t`, a backslash `\\\\` and a quote `\\\"`.
 */

/** What ServiceNow, which keeps texts as XML 1.0, or UTF-8 itself cannot carry. */
const UNSENDABLE = /(?![\t\n\r\u007F-\u009F])\p{Cc}|[\uFFFE\uFFFF]/gu;
const REPLACEMENT = "\uFFFD";

/** Gives the once-escaped text. Characters that no receiver could keep, lone surrogates too, become U+FFFD. Never throws. */
export const escapeFreeText = (plain: string): string =>
  JSON.stringify(plain.toWellFormed().replace(UNSENDABLE, REPLACEMENT)).slice(1, -1);

/** Gives the plain text back; undefined where the text is not one that `escapeFreeText` makes. Never throws. */
export const unescapeFreeText = (escaped: string): string | undefined => {
  try {
    const plain = String(JSON.parse(`"${escaped}"`));
    return escapeFreeText(plain) === escaped ? plain : undefined;
  } catch {
    return undefined;
  }
};

/** The length that Ensono's limits count (E8): that of the once-escaped text. */
export const sentLength = (plain: string): number => escapeFreeText(plain).length;
