import { localisedTimeSchema } from "./steps.ts";

/** How fields and their values stand in a text that people read. */

const otherLabels: Readonly<Record<string, string>> = { cis: "Configuration items" };

/** `shortDescription` is "Short description". */
export const labelOf = (field: string): string => {
  const words = field.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, " ").toLowerCase();
  return otherLabels[field] ?? words.charAt(0).toUpperCase() + words.slice(1);
};

/** Any JSON value as text: lists with commas, times as the client's zone has them; nothing for null and the like. */
export const inWords = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value.trim();
  if (Array.isArray(value)) return value.map(inWords).filter(Boolean).join(", ");
  const time = localisedTimeSchema.safeParse(value);
  return time.success ? `${time.data.local} (${time.data.zone})` : JSON.stringify(value);
};
