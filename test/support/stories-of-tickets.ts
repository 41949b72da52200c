import { clientLane, ensonoLane, type Lane } from "../../lambdas/shared/domain/lane.ts";
import type { TransferJob } from "../../lambdas/shared/domain/transfer.ts";
import { breaks, ensonoOpens, mends, nothing, type Story } from "./alarm-story.ts";
import { newClientTicket } from "./builders.ts";
import type { WatchedBridge } from "./watched-bridge.ts";

const refused =
  (count: number) =>
  async (watched: WatchedBridge): Promise<void> => {
    watched.bridge.itsm.fail(...Array.from({ length: count }, () => "refusal" as const));
    await ensonoOpens(count)(watched);
  };

const releaseAll = async ({ bridge }: WatchedBridge): Promise<void> => {
  for (const { lane } of await bridge.ledger.held(100)) {
    await bridge.ledger.release(lane, { who: "ada", why: "mended", now: bridge.clock.now() });
  }
};

/** A file that nobody carries, until it is given up. */
const file = (kind: TransferJob["kind"]) => {
  const lane: Lane = kind === "fetch" ? ensonoLane("e-CS1") : clientLane("INC1");
  const id = `file-to-${kind}`;
  return {
    async asked({ bridge: { transfers, clock } }: WatchedBridge): Promise<void> {
      const now = clock.now();
      const job = kind === "fetch" ? toFetch(now) : toSend;
      // Nobody is to take it, so its time has not come.
      await transfers.request(lane, id, job, { now, wakeAt: now + 24 * 3_600_000 });
    },
    async ended({ bridge: { transfers, clock } }: WatchedBridge): Promise<void> {
      const now = clock.now();
      const taken = await transfers.take(lane, id, { now, until: now + 1 });
      if (taken === undefined) throw new Error("the file could not be taken");
      await transfers.finish(taken, { as: "failed", reason: "given up" }, now);
    },
  };
};

const toFetch = (now: number): TransferJob => ({
  kind: "fetch",
  from: "ensono",
  url: "https://bucket.s3.us-east-2.amazonaws.com/a.png",
  key: "attachments/1",
  contentType: "image/png",
  goodUntil: now + 7_200_000,
});

const toSend: TransferJob = {
  kind: "send",
  ensonoTicketNumber: "e-CS1",
  fileName: "a.png",
  originalName: "a.png",
  contentType: "image/png",
  source: { from: "store", key: "uploads/1" },
};

/** Tickets that are held, in doubt, or owed something. */
export const heldAndOwed: readonly Story[] = [
  {
    alarm: "tickets-held",
    tells: "[R3] the client's ITSM refuses a ticket",
    begin: refused(1),
    end: releaseAll,
    firesAfter: [14, 20],
    clearsAfter: 10,
  },
  {
    alarm: "tickets-held-for-long",
    tells: "[R3] five tickets are held",
    begin: refused(5),
    end: releaseAll,
    firesAfter: [14, 20],
    clearsAfter: 10,
  },
  {
    alarm: "tickets-held-for-long",
    tells: "[R3] one ticket is held for four hours",
    begin: refused(1),
    end: releaseAll,
    firesAfter: [240, 265],
    clearsAfter: 10,
  },
  {
    alarm: "numbers-in-conflict",
    tells: "the client names a ticket for Ensono's that is linked to another one",
    async begin(watched) {
      const { bridge } = watched;
      const number = await bridge.open(newClientTicket);
      await watched.minute();
      const other = bridge.ensono.open();
      await watched.minute();
      await bridge.tellNumber(other, number);
    },
    async end({ bridge }) {
      for (const { lane } of await bridge.ledger.held(10)) {
        const order = (await bridge.ledger.headOf(lane))?.held?.order ?? "";
        await bridge.ledger.skip(lane, order, { who: "ada", why: "closed the other one", now: bridge.clock.now() });
      }
    },
    firesAfter: [0, 11],
    clearsAfter: 10,
  },
  {
    alarm: "calls-in-doubt",
    tells: "[R1] a delivery gets no answer, nor does any other",
    begin: breaks("client", ensonoOpens(1)),
    end: mends("client"),
    firesAfter: [10, 21],
    clearsAfter: 40,
  },
  {
    alarm: "numbers-owed",
    tells: "[T1] the client's number cannot be returned to Ensono",
    begin: breaks("ensono", ensonoOpens(1)),
    end: mends("ensono"),
    firesAfter: [30, 41],
    clearsAfter: 60,
  },
  {
    alarm: "values-unmapped",
    tells: "[I6] the client says a priority that is in no table",
    async begin({ bridge }) {
      await bridge.open({ ...newClientTicket, priority: "Sehr hoch" });
    },
    end: nothing,
    firesAfter: [0, 60],
    clearsAfter: 60,
  },
];

/** Files on their way, and who calls the API. */
export const filesAndCallers: readonly Story[] = [
  {
    alarm: "file-not-fetched",
    tells: "[T8] a file is not copied for an hour",
    begin: file("fetch").asked,
    end: file("fetch").ended,
    firesAfter: [60, 71],
    clearsAfter: 10,
  },
  {
    alarm: "file-about-to-be-lost",
    tells: "[T8] a file is not copied for 100 minutes",
    begin: file("fetch").asked,
    end: file("fetch").ended,
    firesAfter: [100, 104],
    clearsAfter: 3,
  },
  {
    alarm: "file-not-sent",
    tells: "[I10] a file is not sent for an hour",
    begin: file("send").asked,
    end: file("send").ended,
    firesAfter: [60, 71],
    clearsAfter: 10,
  },
  {
    alarm: "authentication-failures",
    tells: "[L2] somebody tries many secrets, while the client's tool calls as usual",
    begin: nothing,
    meanwhile: ({ tell }) => tell("ingest", { authenticationFailures: 5, eventsAccepted: 1 }),
    end: nothing,
    firesAfter: [0, 30],
    clearsAfter: 30,
  },
  {
    alarm: "authentication-failures",
    tells: "[L2] the client's tool has the wrong secret, and seldom anything to say",
    async begin({ tell }) {
      for (let nth = 0; nth < 3; nth += 1) tell("ingest", { authenticationFailures: 1 });
    },
    end: nothing,
    firesAfter: [0, 15],
    clearsAfter: 30,
  },
];
