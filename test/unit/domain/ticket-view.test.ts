import { describe, expect, it } from "vitest";
import { emptyHead } from "../../../lambdas/shared/domain/entry.ts";
import { heldByDestination, heldByOrigin, viewOf } from "../../../lambdas/shared/domain/ticket-view.ts";
import { CLIENT_LANE, ENSONO_LANE, known, linkedHeads, linkedToClient, NOW } from "../../support/builders.ts";

const { ensono, client } = linkedHeads();

describe("a ticket as its lane sees it", () => {
  it("a lane without a peer knows nothing of the other side", () => {
    expect(viewOf(emptyHead(ENSONO_LANE), undefined, NOW)).toMatchObject({
      link: undefined,
      status: undefined,
      peer: { sent: {}, said: {} },
    });
  });

  it.each([
    ["its own, if newer", 2, 1, "pending"],
    ["the other lane's, if newer", 1, 2, "resolved"],
    ["its own, if equally new", 1, 1, "pending"],
  ] as const)("[T6] the status is the one last said on either side: %s", (_, ownAt, otherAt, expected) => {
    const own = { ...ensono, status: { value: "pending" as const, at: ownAt } };
    const other = { ...client, status: { value: "resolved" as const, at: otherAt } };
    expect(viewOf(own, other, NOW).status).toBe(expected);
  });

  it("the ticket type may be known to the other lane only", () => {
    expect(viewOf(emptyHead(ENSONO_LANE), { ...emptyHead(CLIENT_LANE), ticketType: "Request" }, NOW).ticketType).toBe(
      "Request",
    );
  });
});

it("[I5] what a side holds is what it said or what was put there, whichever is newer", () => {
  const ticket = linkedToClient({
    said: known({ priority: "said", group: "said" }, 1),
    sent: known({ priority: "sent", group: "sent" }, 2),
    peer: { sent: known({ priority: "peer sent" }, 3), said: known({ group: "peer said" }, 3) },
  });
  expect(heldByOrigin(ticket)).toEqual({ ...known({ priority: "peer sent" }, 3), ...known({ group: "said" }, 1) });
  expect(heldByDestination(ticket)).toEqual({ ...known({ priority: "sent" }, 2), ...known({ group: "peer said" }, 3) });
});
