import { breaks, clientOpens, ensonoOpens, mends, nothing, type Story } from "./alarm-story.ts";
import { messageWith } from "./builders.ts";
import type { WatchedBridge } from "./watched-bridge.ts";

/** Puts a message on Ensono's queue that it has given out so often before. */
const givenOut =
  (times: string) =>
  async ({ bridge }: WatchedBridge): Promise<void> => {
    const message = messageWith("Create", { ticketNumber: `e-CS9${times}` }, { ApproximateReceiveCount: times });
    bridge.ensono.queue.putRaw(JSON.parse(JSON.stringify(message)), `e-CS9${times}`);
  };

const paused = (side: "client" | "ensono") => ({
  async begin({ bridge: { breaker, clock } }: WatchedBridge): Promise<void> {
    await breaker.pause(side, { who: "ada", why: "maintenance", now: clock.now() });
  },
  async end({ bridge: { breaker } }: WatchedBridge): Promise<void> {
    await breaker.resume(side);
  },
});

/** What waits, and who ought to give signs of life. */
export const waitingAndHeartbeats: readonly Story[] = [
  {
    alarm: "waiting-to-client",
    tells: "[L2] the client's ITSM is down, and 11 tickets of Ensono wait",
    begin: breaks("client", ensonoOpens(11)),
    end: mends("client"),
    firesAfter: [29, 36],
    clearsAfter: 60,
  },
  {
    alarm: "waiting-to-ensono",
    tells: "[L2] Ensono is down, and 11 tickets of the client wait",
    begin: breaks("ensono", clientOpens(11)),
    end: mends("ensono"),
    firesAfter: [29, 36],
    clearsAfter: 60,
  },
  {
    alarm: "oldest-to-client",
    tells: "[L2] one ticket of Ensono waits for an hour",
    begin: breaks("client", ensonoOpens(1)),
    end: mends("client"),
    firesAfter: [60, 71],
    clearsAfter: 60,
  },
  {
    alarm: "oldest-to-ensono",
    tells: "[L2] one ticket of the client waits for an hour",
    begin: breaks("ensono", clientOpens(1)),
    end: mends("ensono"),
    firesAfter: [60, 71],
    clearsAfter: 60,
  },
  {
    alarm: "work-not-taken-up",
    tells: "[L2] wake-ups get lost, and both sides are up",
    async begin({ bridge }) {
      bridge.wakeUps.become("lost");
      await ensonoOpens(1)({ bridge });
    },
    async end({ bridge }) {
      bridge.wakeUps.become("working");
    },
    firesAfter: [20, 30],
    clearsAfter: 10,
  },
  {
    alarm: "queue-not-read",
    tells: "[L2] the poller does not run",
    begin: breaks("poller"),
    end: mends("poller"),
    firesAfter: [5, 5],
    clearsAfter: 1,
  },
  {
    alarm: "queue-not-read",
    tells: "[L2] the poller runs, and Ensono's queue gives nothing but errors",
    begin: breaks("ensono-queue"),
    end: mends("ensono-queue"),
    firesAfter: [5, 5],
    clearsAfter: 3,
  },
  {
    alarm: "sweeper-stands-still",
    tells: "[L2] the sweeper does not run",
    begin: breaks("sweeper"),
    end: mends("sweeper"),
    firesAfter: [5, 5],
    clearsAfter: 1,
  },
  {
    alarm: "queue-not-emptied",
    tells: "[Q4] what is read cannot be deleted",
    begin: breaks("deletions", ensonoOpens(1)),
    end: mends("deletions"),
    firesAfter: [29, 60],
    clearsAfter: 30,
  },
];

/** What can be seen of Ensono's queue, and sides that fail. */
export const ensonoQueueAndSides: readonly Story[] = [
  {
    alarm: "receive-count-rising",
    tells: "a message comes for the fifth time",
    begin: givenOut("5"),
    end: nothing,
    firesAfter: [0, 5],
    clearsAfter: 10,
  },
  {
    alarm: "receive-count-critical",
    tells: "a message comes for the twelfth time",
    begin: givenOut("12"),
    end: nothing,
    firesAfter: [0, 5],
    clearsAfter: 10,
  },
  {
    alarm: "message-quarantined",
    tells: "[Q6] a message of another client comes",
    async begin({ bridge }) {
      const message = messageWith("Create", { ticketNumber: "e-CS7", clientName: "somebody else" });
      bridge.ensono.queue.putRaw(JSON.parse(JSON.stringify(message)), "e-CS7");
    },
    end: nothing,
    firesAfter: [0, 5],
    clearsAfter: 10,
  },
  {
    alarm: "ensono-unreachable",
    tells: "[L2] Ensono fails six tickets in a row",
    begin: breaks("ensono", clientOpens(6)),
    end: mends("ensono"),
    firesAfter: [4, 11],
    clearsAfter: 15,
  },
  {
    alarm: "ensono-queue-unreachable",
    tells: "[L2] Ensono's queue fails",
    begin: breaks("ensono-queue"),
    end: mends("ensono-queue"),
    firesAfter: [8, 15],
    clearsAfter: 15,
  },
  {
    alarm: "client-unreachable",
    tells: "[L2] the client's ITSM fails six tickets in a row",
    begin: breaks("client", ensonoOpens(6)),
    end: mends("client"),
    firesAfter: [4, 11],
    clearsAfter: 15,
  },
  {
    alarm: "client-unreachable-for-long",
    tells: "[L2] the client's ITSM is down for half an hour",
    begin: breaks("client", ensonoOpens(6)),
    end: mends("client"),
    firesAfter: [29, 36],
    clearsAfter: 15,
  },
  {
    alarm: "to-client-paused",
    tells: "[L2] an operator pauses what goes to the client",
    ...paused("client"),
    firesAfter: [4, 11],
    clearsAfter: 10,
  },
  {
    alarm: "to-ensono-paused",
    tells: "[L2] an operator pauses what goes to Ensono",
    ...paused("ensono"),
    firesAfter: [4, 11],
    clearsAfter: 10,
  },
];
