import { createHmac } from "node:crypto";
import { createContext, runInContext } from "node:vm";

/** As much of a ServiceNow instance as the scripts of docs/deploy/servicenow.md call, by ServiceNow's API reference. */

type Row = Record<string, string>;

export interface SentRequest {
  readonly endpoint: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export type Respond = (request: SentRequest) => { status: number; body?: string } | "dies";

const stamp = (at: Date): string => at.toISOString().slice(0, 19).replace("T", " ");

/** Tables with rows as texts, journal fields in a table of their own, numbers for tickets. */
class Tables {
  readonly rows = new Map<string, Row[]>();
  user = "jason.doe";
  private made = 0;

  of(table: string): Row[] {
    const rows = this.rows.get(table) ?? [];
    this.rows.set(table, rows);
    return rows;
  }

  insert(table: string, values: Row): Row {
    this.made += 1;
    const row: Row = {
      sys_id: `id${String(this.made).padStart(30, "0")}`,
      sys_created_on: stamp(new Date()),
      sys_created_by: this.user,
      ...(/^(incident|change_request)$/.test(table) && {
        number: `${table === "incident" ? "INC" : "CHG"}${this.made}`,
      }),
      ...values,
    };
    this.of(table).push(row);
    return row;
  }
}

const recordClass = (tables: Tables) =>
  class GlideRecord {
    comments?: string;
    work_notes?: string;
    private readonly table: string;
    private values: Row = {};
    private found: Row[] = [];
    private readonly conditions: ((row: Row) => boolean)[] = [];
    private sorted: (one: Row, other: Row) => number = () => 0;
    private limit = Number.POSITIVE_INFINITY;

    constructor(table: string) {
      this.table = table;
    }
    initialize(): void {
      this.values = {};
    }
    getTableName(): string {
      return this.table;
    }
    getUniqueValue(): string {
      return this.values.sys_id ?? "";
    }
    getLastErrorMessage(): string {
      return "";
    }
    getValue(field: string): string | null {
      return this.values[field] ?? null;
    }
    getDisplayValue(field: string): string {
      return this.values[field] ?? "";
    }
    setValue(field: string, value: unknown): void {
      this.values[field] = String(value);
    }
    setDisplayValue(field: string, value: unknown): void {
      this.setValue(field, value);
    }
    get(field: string, value?: string): boolean {
      const [name, wanted] = value === undefined ? ["sys_id", field] : [field, value];
      const row = tables.of(this.table).find((one) => one[name] === wanted);
      if (row !== undefined) this.values = { ...row };
      return row !== undefined;
    }
    addQuery(field: string, operator: string, value?: string): void {
      const wanted = value ?? operator;
      this.conditions.push((row) => {
        const is = row[field] ?? "";
        if (value === undefined) return is === wanted;
        if (operator === "!=") return is !== wanted;
        if (operator === ">=") return is >= wanted;
        throw new Error(`addQuery: ${operator} is not in this fake`);
      });
    }
    orderBy(field: string): void {
      this.sorted = (one, other) => (one[field] ?? "").localeCompare(other[field] ?? "");
    }
    orderByDesc(field: string): void {
      this.sorted = (one, other) => (other[field] ?? "").localeCompare(one[field] ?? "");
    }
    setLimit(limit: number): void {
      this.limit = limit;
    }
    query(): void {
      const all = tables.of(this.table).filter((row) => this.conditions.every((holds) => holds(row)));
      this.found = all.toSorted(this.sorted).slice(0, this.limit);
    }
    next(): boolean {
      const row = this.found.shift();
      if (row !== undefined) this.values = { ...row };
      return row !== undefined;
    }
    insert(): string {
      this.values = { ...tables.insert(this.table, this.values) };
      this.journal();
      return this.getUniqueValue();
    }
    update(): string {
      const row = tables.of(this.table).find(({ sys_id }) => sys_id === this.values.sys_id);
      if (row === undefined) return "";
      Object.assign(row, this.values);
      this.journal();
      return this.getUniqueValue();
    }
    private journal(): void {
      for (const element of ["comments", "work_notes"] as const) {
        const value = this[element];
        if (value !== undefined)
          tables.insert("sys_journal_field", { element, element_id: this.getUniqueValue(), value });
        delete this[element];
      }
    }
  };

const restMessageClass = (sent: SentRequest[], respond: () => Respond) =>
  class RESTMessageV2 {
    private readonly headers: Record<string, string> = {};
    private readonly request = { endpoint: "", method: "", headers: this.headers, body: "" };
    setEndpoint(endpoint: string): void {
      this.request.endpoint = endpoint;
    }
    setHttpMethod(method: string): void {
      this.request.method = method;
    }
    setHttpTimeout(): void {}
    saveResponseBodyAsAttachment(): void {}
    setRequestHeader(name: string, value: string): void {
      this.request.headers[name] = value;
    }
    /** As ServiceNow does it: `${name}` is a variable of the message, and has no value here. */
    setRequestBody(body: string): void {
      this.request.body = body.replaceAll(/\$\{\w*\}/g, "");
    }
    execute() {
      sent.push(this.request);
      const answer = respond()(this.request);
      if (answer === "dies") throw new Error("java.net.SocketTimeoutException");
      return { getStatusCode: () => answer.status, getBody: () => answer.body ?? "" };
    }
  };

class GlideDateTime {
  private at: Date;
  constructor(value?: string) {
    this.at = value === undefined ? new Date() : new Date(`${value.replace(" ", "T")}Z`);
  }
  addSeconds(seconds: number): void {
    this.at = new Date(this.at.getTime() + seconds * 1000);
  }
  getValue(): string {
    return stamp(this.at);
  }
}

class GlideCertificateEncryption {
  /** The key in base64; gives base64. */
  generateMac(key: string, algorithm: string, data: string): string {
    if (algorithm !== "HmacSHA256") throw new Error(`generateMac: ${algorithm} is not in this fake`);
    return createHmac("sha256", Buffer.from(key, "base64")).update(data, "utf8").digest("base64");
  }
}

/** An instance with this script include and these properties. */
export const serviceNow = (include: string, properties: Readonly<Record<string, string>>) => {
  const tables = new Tables();
  const sent: SentRequest[] = [];
  const instance: { respond: Respond } = { respond: () => ({ status: 202 }) };
  const created = () =>
    function Created(this: { initialize(): void }) {
      this.initialize();
    };
  const context = createContext({
    Class: { create: created },
    GlideRecord: recordClass(tables),
    GlideDateTime,
    GlideCertificateEncryption,
    sn_ws: { RESTMessageV2: restMessageClass(sent, () => instance.respond) },
    gs: { getProperty: (name: string) => properties[name] ?? null, error: () => undefined },
  });
  runInContext(include, context);
  return {
    tables,
    sent,
    instance,
    /** Runs a script with these variables, as the platform hands them in. */
    run: (script: string, variables: Readonly<Record<string, unknown>> = {}): void => {
      Object.assign(context, variables);
      runInContext(script, context);
    },
    /** A record, for the rules. */
    record: (table: string, number: string) => {
      const record = new (recordClass(tables))(table);
      if (!record.get("number", number)) throw new Error(`there is no ${number}`);
      return record;
    },
  };
};
