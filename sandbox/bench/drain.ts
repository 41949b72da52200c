import bridge from "../../bridge.config.ts";
import { readOptions } from "../options.ts";
import { startSandbox } from "../sandbox.ts";
import { type EnvisionConnect, startEnvisionConnect } from "../simulators/envision-connect/index.ts";

/**
 * `npm run bench:drain`: 10,000 transactions of 2,000 tickets through the sandbox. Nothing may be lost, doubled or out of order;
 * the rate at which Ensono's queue is read empty stands beside that of a bare GET + DELETE loop with as many readers on the same
 * simulator in the same run. In AWS the processor has machines of its own, so it begins here when the queue is empty. Only the
 * ratio means anything: all of it, the simulators too, shares this machine.
 */

const TICKETS = 2_000;
const LATENCY = { readMs: 80, deleteMs: 60 };
const READERS = bridge.polling.readers;
const BATCH = 10;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Five transactions a ticket, the tickets interleaved. Gives the ids in the order in which each ticket's must arrive. */
const fill = (ensono: EnvisionConnect): number => {
  const numbers = Array.from({ length: TICKETS }, (_, nth) =>
    ensono.agent.open({ shortDescription: `Ticket ${nth}`, description: `Description of ticket ${nth}` }),
  );
  for (const number of numbers) ensono.agent.update(number, { status: "workingprogress" });
  for (const number of numbers) ensono.agent.comment(number, { body: `Looking into ${number}` });
  for (const number of numbers) ensono.agent.update(number, { priority: "2" });
  for (const number of numbers) ensono.agent.resolve(number, { closeNotes: "Done" });
  return numbers.length * 5;
};

/** What every ticket's deliveries must be, in this order. */
const EXPECTED = ["ticket.created", "ticket.updated", "ticket.commented", "ticket.updated", "ticket.resolved"].join(
  " ",
);

/** As many readers as the poller has, each reading, deleting side by side what it read, and reading again. */
const bareLoop = async (url: string, apiKey: string): Promise<number> => {
  const headers = { "x-api-key": apiKey };
  let left = TICKETS * 5;
  const reader = async (): Promise<void> => {
    while (left > 0) {
      const answer = await (await fetch(`${url}/dev/queue`, { headers })).text();
      const handles = [...answer.matchAll(/"ReceiptHandle":"([^"]+)"/g)].map(([, handle = ""]) => handle);
      left -= handles.length;
      await Promise.all(
        handles.map((handle) => fetch(`${url}/dev/queue/${encodeURIComponent(handle)}`, { method: "DELETE", headers })),
      );
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: READERS }, reader));
  return performance.now() - startedAt;
};

const measureBareLoop = async (): Promise<number> => {
  const { clientStack, clientName } = bridge.ensono;
  const apiKey = "bench";
  const ensono = await startEnvisionConnect({ clientStack, clientName, apiKey, latency: LATENCY, recordCalls: false });
  fill(ensono);
  const took = await bareLoop(ensono.url, apiKey);
  await ensono.close();
  return took;
};

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
};

const measureBridge = async () => {
  const options = readOptions(["--port", "0", "--quiet", "--poll-interval", "1", "--real-time"]);
  const drainedAll = Promise.withResolvers<void>();
  const sandbox = await startSandbox({
    config: bridge,
    options,
    latency: LATENCY,
    consumeAfter: drainedAll.promise,
    onLog: () => undefined,
  });
  const { ensono, client } = sandbox;
  if (ensono === undefined || client === undefined) throw new Error("the benchmark needs both simulators");
  client.behave({ echoes: false });
  const transactions = fill(ensono);
  const startedAt = performance.now();
  await until(() => ensono.queue.waiting() + ensono.queue.inFlight() === 0);
  const drained = performance.now() - startedAt;
  drainedAll.resolve();
  await sandbox.quiet();
  const applied = performance.now() - startedAt - drained;

  const byTicket = Map.groupBy(
    client.effects().filter(({ type }) => type !== "ticket.linked"),
    ({ ensonoTicketNumber }) => ensonoTicketNumber,
  );
  const wrong = [...byTicket.values()].filter((effects) => effects.map(({ type }) => type).join(" ") !== EXPECTED);
  const result = {
    transactions,
    drained,
    applied,
    arrived: [...byTicket.values()].reduce((sum, effects) => sum + effects.length, 0),
    tickets: byTicket.size,
    wrong: wrong.length,
    held: (await sandbox.ledger.held()).length,
    failed: ensono.queue.failed().length,
    receives: ensono.queue.maxReceiveCount(),
  };
  await sandbox.stop();
  return result;
};

const perSecond = (count: number, ms: number): string => (count / (ms / 1000)).toFixed(0);

const bare = await measureBareLoop();
const bridged = await measureBridge();
const { transactions, drained, applied } = bridged;
print(`transactions            ${transactions} of ${TICKETS} tickets`);
print(
  `readers, batch          ${READERS}, ${BATCH}; the queue answers in ${LATENCY.readMs} ms, a delete in ${LATENCY.deleteMs} ms`,
);
print(`bare GET + DELETE loop  ${perSecond(transactions, bare)}/s`);
print(
  `bridge, queue drained   ${perSecond(transactions, drained)}/s  = ${(bare / drained).toFixed(2)} of the bare loop`,
);
print(
  `bridge, then applied    ${perSecond(transactions, applied)}/s, on what this machine has left beside the simulators`,
);
print(
  `arrived                 ${bridged.arrived}; lost ${transactions - bridged.arrived}, tickets out of order or doubled ${bridged.wrong}`,
);
print(`held lanes ${bridged.held}, failure queue ${bridged.failed}, most receives of one message ${bridged.receives}`);

const isWhole =
  bridged.arrived === transactions && bridged.tickets === TICKETS && bridged.wrong === 0 && bridged.held === 0;
if (!isWhole) {
  print("FAILED: something was lost, doubled, held or out of order");
  process.exitCode = 1;
}
