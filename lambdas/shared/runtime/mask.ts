/**
 * Masks what must not stand in a log (L1): addresses and telephone numbers of people, secrets, and signatures of pre-signed
 * URLs. They come in by what others answer, which is quoted in errors; of tickets themselves the bridge logs numbers only.
 */
export const mask = (text: string): string => masks.reduce((masked, [what, by]) => masked.replace(what, by), text);

/** For JSON.stringify: every text in what is written, at any depth. */
export const maskTexts = (_: string, value: unknown): unknown => (typeof value === "string" ? mask(value) : value);

const MASKED = "(masked)";

const masks: readonly (readonly [RegExp, string])[] = [
  // Begins where a word begins, so that a long text without any "@" is gone through once.
  [/(?<![\w.%+-])[\w.%+-]+@[\w-]+(?:\.[\w-]+)+/g, MASKED],
  [/(?<![\w+-])\+\d[\d ().-]{6,20}\d(?![\w-])/g, MASKED],
  [/(?<![\w.-])(?:\d{1,3}[ .-])?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])/g, MASKED],
  [/(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"'<>]+/gi, `$1${MASKED}`],
  [/(x-api-key"?\s*[:=]\s*"?)[^\s",;]+/gi, `$1${MASKED}`],
  [/(\bBearer\s+)[\w.~+/=-]+/gi, `$1${MASKED}`],
  [/\bwhsec_[\w+/=-]+/g, MASKED],
];
