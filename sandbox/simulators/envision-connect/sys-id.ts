import { randomUUID } from "node:crypto";

/** 32 hexadecimal digits, as ServiceNow's ids. */
export const newSysId = (): string => randomUUID().replaceAll("-", "");
