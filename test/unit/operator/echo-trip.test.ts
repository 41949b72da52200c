import { describe, expect, it } from "vitest";
import { echoTrip } from "../../../bin/operator/use-cases/echo-trip.ts";
import { PermanentError } from "../../../lambdas/shared/domain/errors.ts";
import { newClientTicket } from "../../support/builders.ts";
import { inMemoryBridge } from "../../support/in-memory-bridge.ts";
import { ada, operatorOf } from "../../support/operator.ts";

const MINUTE = 60_000;

/** A bridge that lives for a minute whenever the trip waits. */
const travelling = (isRead = true) => {
  const bridge = inMemoryBridge({ environment: "echo" });
  const resolved: string[] = [];
  return {
    bridge,
    resolved,
    deps: {
      ...operatorOf(bridge),
      stage: "echo",
      echo: {
        open: (clientTicketNumber: string) =>
          bridge.ensono.createTicket({
            clientTicketNumber,
            ticketType: "Incident",
            fields: newClientTicket,
            comments: [],
          }),
        resolve: async (number: string) => void resolved.push(number),
      },
      pause: async () => {
        if (isRead) await bridge.minute();
        else bridge.clock.advance({ minutes: 1 });
      },
      patienceMs: 5 * MINUTE,
    },
  };
};

describe("a round trip through echo", () => {
  it("[E1] opens a ticket there, finds it in the ledger, resolves it, and tells the client nothing of it", async () => {
    const { bridge, resolved, deps } = travelling();
    const check = await echoTrip(ada, deps);
    const [ticket] = bridge.ensono.tickets;
    expect(check).toEqual({
      check: "echo",
      state: "ok",
      detail: `${ticket?.number} was opened in echo and read back after 60 s`,
    });
    expect(resolved).toEqual([ticket?.number]);
    bridge.ensono.note(ticket?.number ?? "", "and a late comment");
    bridge.ensono.change(ticket?.number ?? "", { status: "resolved" });
    await bridge.minutes(5);
    expect(bridge.itsm.performed).toEqual([]);
    expect(await bridge.troubles()).toEqual([]);
    expect(bridge.ensono.calls).toEqual(["createTicket"]);
    expect(await deps.audit.of(undefined)).toMatchObject([
      { command: "doctor --echo (EVB-DOCTOR-id-1)", outcome: check.detail },
    ]);
  });

  it("says so when it does not come back in time, and resolves it all the same", async () => {
    const { bridge, deps, resolved } = travelling(false);
    expect(await echoTrip(ada, deps)).toMatchObject({
      state: "failed",
      detail: expect.stringContaining("has not come back within 300 s"),
    });
    expect(resolved).toEqual([bridge.ensono.tickets[0]?.number]);
  });

  it("says what Ensono says", async () => {
    const { deps } = travelling();
    const open = async () => {
      throw new PermanentError("refused", "Ensono answered 400 to POST /tickets");
    };
    const check = await echoTrip(ada, { ...deps, echo: { ...deps.echo, open } });
    expect(check).toMatchObject({ state: "failed", detail: "Ensono answered 400 to POST /tickets" });
  });

  it.each(["cert", "prod", "unknown"])("refuses a stage that does not read the queue of dev: %s", async (stage) => {
    const { deps, bridge } = travelling();
    await expect(echoTrip(ada, { ...deps, stage })).rejects.toThrow("take a stage of dev or echo");
    expect(bridge.ensono.calls).toEqual([]);
  });
});
