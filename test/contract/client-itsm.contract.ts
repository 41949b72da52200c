import { describe, expect, it, onTestFinished } from "vitest";
import type { ClientFields } from "../../lambdas/shared/domain/steps.ts";
import type { ClientItsm, DeliveryContext } from "../../lambdas/shared/ports.ts";
import type { ItsmFault } from "../support/fakes/in-memory-itsm.ts";

/** A client's ITSM and a view behind it, as the contract needs them. */
export interface ItsmUnderContract {
  readonly itsm: ClientItsm;
  tickets(): readonly {
    number: string;
    ensonoTicketNumber?: string | undefined;
    fields: ClientFields;
    comments: readonly string[];
  }[];
  /** What befalls the next delivery. */
  fail(fault: ItsmFault): void;
  stop(): Promise<void>;
}

type Start = (options: {
  offers: ClientItsm["offers"];
  numbers: "at-once" | "later";
}) => Promise<ItsmUnderContract> | ItsmUnderContract;

const sentAt = { utc: "2026-11-02T15:04:05.000Z", local: "2026-11-02T09:04:05-06:00", zone: "America/Chicago" };

const about = (key: string, clientTicketNumber: string | null = null): DeliveryContext => ({
  key,
  ensonoTicketNumber: "e-CS0204070",
  clientTicketNumber,
  ticketType: "Incident",
  transaction: { id: `message/${key}`, type: "Update", sentAt },
});

const create = { do: "createTicket", ticket: { shortDescription: "Disk full", priority: "2" } } as const;
const comment = { do: "addComment", comment: { body: "Looking into it", author: "Ensono" } } as const;

/** What every `ClientItsm` does; see `lambdas/shared/ports.ts`. */
export const clientItsmContract = (name: string, start: Start): void => {
  const started = async (offers: ClientItsm["offers"], numbers: "at-once" | "later" = "at-once") => {
    const under = await start({ offers, numbers });
    onTestFinished(under.stop);
    const createTicket = async () => (await under.itsm.perform(create, about("evb_create"))).clientTicketNumber ?? null;
    return { ...under, createTicket };
  };

  describe(`the contract of ClientItsm: ${name}`, () => {
    it("[T1] makes a ticket with its fields and gives its number", async () => {
      const { createTicket, tickets } = await started("key");
      const number = await createTicket();
      expect(tickets()).toMatchObject([{ number, ensonoTicketNumber: "e-CS0204070", fields: create.ticket }]);
    });

    it("[T1] makes a ticket and gives no number where that comes later", async () => {
      const { createTicket, tickets } = await started("key", "later");
      expect(await createTicket()).toBeNull();
      expect(tickets()).toHaveLength(1);
    });

    it("[T2] sets only the fields that changed", async () => {
      const { itsm, createTicket, tickets } = await started("key");
      const number = await createTicket();
      await itsm.perform({ do: "updateTicket", changed: { priority: "1" } }, about("evb_update", number));
      expect(tickets()).toMatchObject([{ fields: { shortDescription: "Disk full", priority: "1" } }]);
    });

    it("[T2] adds a comment and gives its id", async () => {
      const { itsm, createTicket, tickets } = await started("key");
      const answer = await itsm.perform(comment, about("evb_comment", await createTicket()));
      expect(answer.commentId).toEqual(expect.any(String));
      expect(tickets()).toMatchObject([{ comments: ["Looking into it"] }]);
    });

    it.each([
      ["resolveTicket", "Resolved"],
      ["closeTicket", "Closed"],
      ["reopenTicket", "Open"],
    ] as const)("[T2] %s leaves the ticket %s", async (step, status) => {
      const { itsm, createTicket, tickets } = await started("key");
      await itsm.perform({ do: step, changed: { status } }, about("evb_status", await createTicket()));
      expect(tickets()).toMatchObject([{ fields: { status } }]);
    });

    it("[I13] tells a ticket its number at Ensono", async () => {
      const { itsm, createTicket, tickets } = await started("key");
      const context = {
        ...about("evb_link", await createTicket()),
        ensonoTicketNumber: "e-CS0300000",
        transaction: null,
      };
      await itsm.perform({ do: "announceLink" }, context);
      expect(tickets()).toMatchObject([{ ensonoTicketNumber: "e-CS0300000" }]);
    });

    it("[R1] with `key`, gives a repeat the first answer and does nothing more", async () => {
      const { itsm, createTicket, tickets } = await started("key");
      const number = await createTicket();
      expect(await createTicket()).toBe(number);
      const first = await itsm.perform(comment, about("evb_comment", number));
      expect(await itsm.perform(comment, about("evb_comment", number))).toEqual(first);
      expect(tickets()).toMatchObject([{ number, comments: ["Looking into it"] }]);
    });

    it.each(["search", "neither"] as const)("with `%s`, a repeat makes a double", async (offers) => {
      const { createTicket, tickets } = await started(offers);
      await createTicket();
      await createTicket();
      expect(tickets()).toHaveLength(2);
    });

    it("[R1] a time-out before the effect is of unknown effect, and a repeat makes the ticket", async () => {
      const { createTicket, tickets, fail } = await started("key");
      fail("time-out-before");
      await expect(createTicket()).rejects.toMatchObject({ name: "TransientError", effect: "unknown" });
      expect(tickets()).toEqual([]);
      expect(await createTicket()).not.toBeNull();
      expect(tickets()).toHaveLength(1);
    });

    it("[R1] a time-out after the effect is of unknown effect, and a repeat makes no double", async () => {
      const { createTicket, tickets, fail } = await started("key");
      fail("time-out-after");
      await expect(createTicket()).rejects.toMatchObject({ code: "unavailable", effect: "unknown" });
      expect(tickets()).toHaveLength(1);
      expect(await createTicket()).toBe(tickets()[0]?.number);
      expect(tickets()).toHaveLength(1);
    });

    it("[R1] with `search`, finds what a call of unknown outcome did, and nothing where it did nothing", async () => {
      const { itsm, createTicket, tickets, fail } = await started("search");
      fail("time-out-before");
      await expect(createTicket()).rejects.toThrow();
      expect(await itsm.find("evb_create")).toBeUndefined();
      fail("time-out-after");
      await expect(createTicket()).rejects.toThrow();
      expect(await itsm.find("evb_create")).toEqual({ clientTicketNumber: tickets()[0]?.number });
    });

    it.each(["key", "neither"] as const)("with `%s`, there is no search", async (offers) => {
      const { itsm } = await started(offers);
      await expect(itsm.find("evb_create")).rejects.toMatchObject({ code: "configuration" });
    });

    it("[R3] a refusal is permanent and without effect", async () => {
      const { createTicket, tickets, fail } = await started("key");
      fail("refusal");
      await expect(createTicket()).rejects.toMatchObject({ name: "PermanentError", code: "refused" });
      expect(tickets()).toEqual([]);
    });

    it("[R3] refuses a change of a ticket that is not there", async () => {
      const { itsm } = await started("key");
      const change = itsm.perform({ do: "updateTicket", changed: { priority: "1" } }, about("evb_update", "INC404"));
      await expect(change).rejects.toMatchObject({ name: "PermanentError", code: "refused" });
    });

    it("[R2] an overloaded ITSM did nothing, and says when to come again", async () => {
      const { createTicket, tickets, fail } = await started("key");
      fail("overload");
      const busy = { code: "unavailable", effect: "none", retryAfterSeconds: 7 };
      await expect(createTicket()).rejects.toMatchObject(busy);
      expect(tickets()).toEqual([]);
    });

    it("[R2] a secret that the ITSM does not know is a matter of configuration", async () => {
      const { createTicket, tickets, fail } = await started("key");
      fail("wrong-secret");
      await expect(createTicket()).rejects.toMatchObject({ code: "configuration", effect: "none" });
      expect(tickets()).toEqual([]);
    });
  });
};
