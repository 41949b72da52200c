import { describe, expect, it } from "vitest";
import bridge from "../../bridge.config.ts";
import { type BridgeConfig, defineBridge } from "../../lambdas/shared/domain/config.ts";
import { safeFileName } from "../../lambdas/shared/domain/file-names.ts";
import { compare, table } from "../../sandbox/agreement.ts";

type EnsonoSide = Parameters<typeof compare>[0][number];
type ClientSide = Parameters<typeof compare>[1][number];

const { mappings, policies } = bridge;
const config = defineBridge({
  ...bridge,
  mappings: {
    ...mappings,
    toClient: { ...mappings.toClient, changeState: { ...mappings.toClient.changeState, Implement: "In Arbeit" } },
  },
});

const disk = {
  ticketNumber: "e-CS1",
  clientTicketNumber: "INC1",
  ticketType: "Incident",
  status: "pending",
  shortDescription: "Disk full",
  description: "On db1",
  priority: "2",
  comments: [{ body: "On it" }, { body: "Default group", commenter: "Envision Bridge" }],
} satisfies EnsonoSide;
const diskAtClient = {
  number: "INC1",
  ensonoTicketNumber: "e-CS1",
  fields: { status: "Pending", priority: "High", shortDescription: "Disk full", description: "On db1" },
  comments: [{ body: "On it" }],
  attachments: [],
} satisfies ClientSide;

const patch = {
  ...disk,
  ticketNumber: "e-CHG1",
  clientTicketNumber: "CHG1",
  ticketType: "Change",
  type: "Normal",
  state: "Implement",
  comments: [{ body: "On Sunday" }],
} satisfies EnsonoSide;
const patchAtClient = {
  number: "CHG1",
  ensonoTicketNumber: "e-CHG1",
  phase: "open",
  fields: { state: "In Arbeit", shortDescription: "Disk full" },
  comments: [{ body: "On Sunday" }],
  attachments: [],
} satisfies ClientSide;

const differences = (ensono: EnsonoSide[], client: ClientSide[], by: BridgeConfig = config) =>
  compare(ensono, client, by).flatMap((pair) => pair.differences);

describe("holding both sides against each other: tickets", () => {
  it("finds nothing where they agree, each in its own words", () => {
    expect(differences([disk], [diskAtClient])).toEqual([]);
  });

  it("finds what one side has alone", () => {
    expect(differences([disk], [])).toEqual(["the client has no such ticket"]);
    expect(differences([], [diskAtClient])).toEqual(["Ensono has no such ticket"]);
  });

  it.each<[string, Partial<ClientSide>]>([
    ['number: Ensono "INC1", client "INC2"', { number: "INC2" }],
    ['status: Ensono "Pending", client "Open"', { fields: { ...diskAtClient.fields, status: "Open" } }],
    ['priority: Ensono "2", client "1"', { fields: { ...diskAtClient.fields, priority: "Critical" } }],
    ['comments: Ensono "On it", client "On it | On it"', { comments: [{ body: "On it" }, { body: "On it" }] }],
  ])("finds %s", (difference, changed) => {
    expect(differences([disk], [{ ...diskAtClient, ...changed }])).toEqual([difference]);
  });

  it("finds doubles, and not those whose place another one took", () => {
    const second = { ...diskAtClient, number: "INC2", comments: [] };
    expect(differences([disk], [diskAtClient, second])).toEqual(["2 tickets at the client"]);
    const moved = { ...disk, clientTicketNumber: "INC2" };
    expect(differences([moved], [diskAtClient, { ...second, replaces: "INC1" }])).toEqual([]);
  });

  it("leaves out what the bridge itself said, on either side", () => {
    const told = { body: "a.txt could not be fetched", author: "Envision Bridge" };
    expect(differences([disk], [{ ...diskAtClient, comments: [...diskAtClient.comments, told] }])).toEqual([]);
  });
});

describe("holding both sides against each other: changes", () => {
  it("finds nothing where they agree, each in its own words", () => {
    expect(differences([patch], [patchAtClient])).toEqual([]);
    expect(compare([patch], [patchAtClient], config)).toMatchObject([{ client: "CHG1", status: "In Arbeit" }]);
  });

  it("finds another state, another text, another comment", () => {
    const other = { ...patchAtClient, fields: { state: "Review", shortDescription: "Patch" }, comments: [] };
    expect(differences([patch], [other])).toEqual([
      'state: Ensono "In Arbeit", client "Review"',
      'shortDescription: Ensono "Disk full", client "Patch"',
      'comments: Ensono "On Sunday", client ""',
    ]);
  });

  it.each(["New", "Cancelled", "Closed"] as const)(
    "[C6] wants the client's change over when Ensono's is %s",
    (state) => {
      expect(differences([{ ...patch, state }], [patchAtClient])).toEqual([
        `state: Ensono "${state}", the client's change is open`,
      ]);
      expect(differences([{ ...patch, state }], [{ ...patchAtClient, phase: "cancelled" }])).toEqual([]);
    },
  );

  it("[C1] lets the client's change be over early where the client rejected it, and not otherwise", () => {
    const assessed = { ...patch, state: "Assess" } as const;
    const over = { ...patchAtClient, phase: "closed" } as const;
    expect(differences([assessed], [over])).toEqual(['state: Ensono "Assess", the client\'s change is closed']);
    expect(differences([assessed], [{ ...over, decision: "rejected" }])).toEqual([]);
  });

  it("[C1] lets an emergency be over at different times where the client reviews it afterwards", () => {
    const emergency = { ...patch, type: "Emergency", state: "Closed" } as const;
    const afterwards = defineBridge({
      ...config,
      policies: { ...policies, emergencyChanges: { handling: "reviewed-afterwards" } },
    });
    expect(differences([emergency], [patchAtClient])).toHaveLength(1);
    expect(differences([emergency], [patchAtClient], afterwards)).toEqual([]);
  });

  it("[C1] misses no change that the client ought not to have yet", () => {
    const late = defineBridge({ ...config, policies: { ...policies, emergencyChanges: { raisedFrom: "Implement" } } });
    const emergency = { ...patch, type: "Emergency", state: "Scheduled" } as const;
    expect(differences([{ ...patch, state: "New" }, emergency], [], late)).toEqual([]);
    expect(differences([{ ...emergency, state: "Implement" }], [], late)).toEqual(["the client has no such ticket"]);
    const { emergencyChanges } = late.policies;
    const afterwards = defineBridge({
      ...late,
      policies: { ...late.policies, emergencyChanges: { ...emergencyChanges, handling: "reviewed-afterwards" } },
    });
    expect(differences([emergency], [], afterwards)).toEqual(["the client has no such ticket"]);
    expect(differences([{ ...patch, state: "Assess" }], [], late)).toEqual(["the client has no such ticket"]);
  });

  it("[C6] compares the newest of the client's changes, and all their comments", () => {
    const old = { ...patchAtClient, phase: "cancelled" } as const;
    const next = { ...patchAtClient, number: "CHG2", replaces: "CHG1", comments: [{ body: "On Monday" }] };
    const moved = { ...patch, clientTicketNumber: "CHG2", comments: [{ body: "On Monday" }, { body: "On Sunday" }] };
    expect(differences([moved], [old, next])).toEqual([]);
    expect(differences([moved], [patchAtClient, next])).toEqual(["CHG1 is replaced and still open"]);
  });
});

describe("holding both sides against each other: files", () => {
  const file = { fileName: "db1.log", size: 3, sha256: "abc" };
  const withFiles = (files: EnsonoSide["files"], attachments: ClientSide["attachments"]) =>
    differences([{ ...disk, files }], [{ ...diskAtClient, attachments }]);

  it("finds nothing where each is on both sides once", () => {
    expect(withFiles([file, { ...file, sha256: "def" }], [{ ...file, sha256: "def" }, file])).toEqual([]);
  });

  it("finds files that are missing, doubled or not the same", () => {
    expect(withFiles([file], [])).toEqual(['attachments: only Ensono has "db1.log" (3 bytes)']);
    expect(withFiles([file], [file, file])).toEqual(['attachments: only the client has "db1.log" (3 bytes)']);
    for (const other of [{ sha256: "def" }, { size: 4 }, { fileName: "db2.log" }]) {
      expect(withFiles([file], [{ ...file, ...other }])).toHaveLength(2);
    }
  });

  it("[I10] knows a file by the name that Ensono takes", () => {
    const named = { ...file, fileName: "Größe der Platte.log" };
    expect(withFiles([{ ...file, fileName: safeFileName(named.fileName, "0123456789") }], [named])).toEqual([]);
    expect(
      withFiles([{ ...file, fileName: safeFileName("Länge der Platte.log", "0123456789") }], [named]),
    ).toHaveLength(2);
  });

  it("[I10] knows a second file of the same name by its mark", () => {
    const second = { ...file, fileName: "db1-0123456789abcdef.log", sha256: "def" };
    expect(withFiles([file, second], [file, { ...file, sha256: "def" }])).toEqual([]);
    expect(withFiles([file, second], [file, { ...file, fileName: "db2.log", sha256: "def" }])).toHaveLength(2);
  });

  it("does not miss what Ensono keeps to itself, nor the digest of what nobody has read", () => {
    expect(withFiles([{ ...file, isPublic: false }], [])).toEqual([]);
    const { sha256: _, ...unread } = file;
    expect(withFiles([unread], [file])).toEqual([]);
  });

  it("lets a file be at both of the client's tickets where one took the other's place", () => {
    const next = { ...diskAtClient, number: "INC2", replaces: "INC1", comments: [], attachments: [file] };
    const moved = { ...disk, clientTicketNumber: "INC2", files: [file] };
    expect(differences([moved], [{ ...diskAtClient, attachments: [file] }, next])).toEqual([]);
  });
});

it("tells what differs under its row", () => {
  const pairs = compare([disk, patch], [diskAtClient], config);
  expect(table(pairs).split("\n")).toEqual([
    expect.stringContaining("Ensono"),
    expect.stringMatching(/^✓ e-CS1 +INC1 +Pending +2 +2\/1 +Disk full$/),
    expect.stringMatching(/^✗ e-CHG1 +none +Implement +2 +Disk full$/),
    "    the client has no such ticket",
  ]);
});
