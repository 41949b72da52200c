import type { Sandbox } from "./sandbox.ts";

/**
 * The story that `npm start` plays: about a dozen tickets between the two simulators, with everything that can happen to
 * them, an outage of Ensono and a number that comes late.
 */
export const playStory = async (sandbox: Sandbox, say: (line: string) => void): Promise<void> => {
  const { ensono, client, quiet } = sandbox;
  if (ensono === undefined || client === undefined) return;

  say("Ensono opens five tickets, the client four");
  const disk = ensono.agent.open({
    shortDescription: "Disk almost full on db-17",
    description: 'Volume "data" is 94 % full.\nPath: C:\\data\tgrowing',
    priority: "2",
  });
  const printer = ensono.agent.open({ shortDescription: "Printer offline", description: "Floor 3, next to the lift" });
  const access = ensono.agent.open({
    ticketType: "Request",
    shortDescription: "Access to the archive",
    description: "For the audit in March",
  });
  const backup = ensono.agent.open({ shortDescription: "Backup failed", description: "Job 4711 ended with code 8" });
  const certificate = ensono.agent.open({
    ticketType: "Request",
    shortDescription: "Renew the certificate of mail.example.com",
    description: "Expires in ten days",
    priority: "1",
  });
  const vpn = client.agent.open({
    shortDescription: "VPN drops every hour",
    priority: "High",
    group: "Ensono Network Support",
  });
  const laptop = client.agent.open(
    { shortDescription: "New laptop", description: 'Model "X1",\n32 GB', priority: "Low" },
    { ticketType: "Request", comments: [{ body: "Needed by Monday", commenter: "Jason Doe" }] },
  );
  const lobby = client.agent.open({ shortDescription: "No Wi-Fi in the lobby", priority: "Medium" });
  const mail = client.agent.open({ shortDescription: "Mail is slow", group: "Mail Team", status: "In Progress" });
  await quiet();

  say("Both sides work on them: comments, updates, a resolution that is rejected");
  ensono.agent.comment(disk, { body: "Cleaning up old logs" });
  ensono.agent.update(disk, { status: "pending", statusNextAction: "pending-client" });
  ensono.agent.update(printer, { status: "workingprogress", priority: "3" });
  ensono.agent.resolve(access, { closeNotes: "Access given" });
  client.agent.comment(vpn.number, { body: "It also happens on the phone 📱", commenter: "Jason Doe" });
  client.agent.update(vpn.number, { priority: "Critical", status: "In Progress" }, [{ body: "Raised by the manager" }]);
  client.agent.resolve(laptop.number, { closeNotes: "Bought elsewhere" });
  client.agent.update(lobby.number, { status: "Cancelled", closeNotes: "The lobby is being rebuilt" });
  await quiet();
  client.agent.comment(numberOf(sandbox, disk), { body: "Thanks, how long will it take?", commenter: "Dana" });
  client.agent.comment(numberOf(sandbox, certificate), {
    body: "Please add the name imap.example.com",
    commenter: "Dana",
  });
  ensono.agent.reopen(access);
  client.agent.reopen(laptop.number);
  await quiet();

  say("Ensono is down for a while; both sides keep writing");
  ensono.faults.add({ call: "*", kind: "status", status: 503, body: { message: "Service Unavailable" } });
  const network = client.agent.open({ shortDescription: "Switch down in room 12", priority: "Critical" });
  client.agent.comment(network.number, { body: "Twelve people cannot work" });
  client.agent.update(vpn.number, { description: "The VPN drops every hour, at minute 17" });
  ensono.agent.update(printer, { status: "pending" });
  ensono.agent.comment(printer, { body: "Part ordered" });
  await breath();
  say("Ensono is back");
  ensono.faults.clear();
  await quiet();

  say("A create of the client times out at Ensono, and the number comes over the queue");
  ensono.faults.add({ call: "createTicket", kind: "timeout-after", times: 1, holdMs: 1000, returnNumberAfterMs: 500 });
  const server = client.agent.open({ shortDescription: "Server room too warm", priority: "High" });
  await quiet();

  say("The client's tool gives the number of a new ticket only later");
  client.behave({ numbers: "later", laterMs: 1500 });
  const licence = ensono.agent.open({
    shortDescription: "Licence expires soon",
    description: "On the 1st",
    priority: "3",
  });
  ensono.agent.comment(licence, { body: "Quote attached to the order" });
  await quiet();
  client.behave({ numbers: "at-once" });

  await playChanges(sandbox, say);
  await playFiles(sandbox, { disk, vpn: vpn.number }, say);

  say("Most of them are resolved and closed");
  ensono.agent.resolve(disk, { closeNotes: "Logs rotated" });
  ensono.agent.resolve(backup, { closeNotes: "Ran again, code 0" });
  client.agent.resolve(vpn.number, { closeNotes: "New client version" });
  client.agent.close(server.number, { closeNotes: "Door was open" });
  ensono.agent.comment(numberAtEnsono(sandbox, mail.number), { body: "Queue is empty again" });
  await quiet();
  ensono.agent.close(disk);
  client.agent.close(vpn.number);
  await quiet();
};

/** One change that is approved, and one that is rejected, drafted anew and then approved. */
const playChanges = async (sandbox: Sandbox, say: (line: string) => void): Promise<void> => {
  const { ensono, client, quiet } = sandbox;
  if (ensono === undefined || client === undefined) return;
  const approver = { name: "Dana", email: "dana@example.com" };

  say("Ensono raises two changes; the client approves one and rejects the other");
  const fans = ensono.agent.openChange({
    shortDescription: "Fans of the core switch",
    description: "Two are worn out",
  });
  const patches = ensono.agent.openChange({ shortDescription: "Patches of the month", description: "All web servers" });
  for (const change of [fans, patches]) ensono.agent.submit(change);
  await quiet();
  client.agent.approve(numberOf(sandbox, fans), { approver, reason: "fits the window" });
  client.agent.reject(numberOf(sandbox, patches), { approver, reason: "not in office hours" });
  await quiet();

  say("The rejected one is drafted anew and gets a new change at the client; the other one is done and closed");
  ensono.agent.moveChange(patches, "New");
  ensono.agent.submit(patches);
  for (const state of ["Authorize", "Scheduled", "Implement", "Review"] as const) ensono.agent.moveChange(fans, state);
  ensono.agent.comment(fans, { body: "First fan replaced, temperature stable" });
  ensono.agent.moveChange(fans, "Closed", { closeNotes: "Both replaced", closeCode: "Successful" });
  await quiet();
  client.agent.approve(newestNumberOf(sandbox, patches), { approver, reason: "at night, as asked" });
  await quiet();
};

/** Files in both directions: small and large, given to the bridge in different ways. */
const playFiles = async (
  sandbox: Sandbox,
  { disk, vpn }: { disk: string; vpn: string },
  say: (line: string) => void,
): Promise<void> => {
  const { ensono, client, quiet } = sandbox;
  if (ensono === undefined || client === undefined) return;
  say("Both sides attach files, one of them 20 MB");
  ensono.agent.attach(disk, {
    fileName: "usage.csv",
    contentType: "text/csv",
    content: Buffer.from("day,used\n1,94 %\n"),
  });
  ensono.agent.attach(disk, { fileName: "dump.bin", content: { bytes: 20_000_000 } });
  await client.agent.attach(vpn, { fileName: "Router log (1).txt", content: Buffer.from("17: link down\n") });
  await client.agent.attach(vpn, { fileName: "trace.bin", content: { bytes: 2_000_000 } }, { by: "upload" });
  await quiet();
};

/** The ticket's number at the client. */
const numberOf = ({ client }: Sandbox, ensonoTicketNumber: string): string =>
  given(
    client?.tickets().find((ticket) => ticket.ensonoTicketNumber === ensonoTicketNumber)?.number,
    ensonoTicketNumber,
  );

/** The same of a change that took another one's place. */
const newestNumberOf = ({ client }: Sandbox, ensonoTicketNumber: string): string => {
  const all = client?.tickets().filter((ticket) => ticket.ensonoTicketNumber === ensonoTicketNumber);
  return given(all?.at(-1)?.number, ensonoTicketNumber);
};

const numberAtEnsono = ({ client }: Sandbox, clientTicketNumber: string): string =>
  given(client?.tickets().find(({ number }) => number === clientTicketNumber)?.ensonoTicketNumber, clientTicketNumber);

const given = (number: string | undefined, other: string): string => {
  if (number === undefined) throw new Error(`the story cannot go on: ${other} has no number on the other side`);
  return number;
};

/** Long enough for calls to fail and for the breaker to open. */
const breath = () => new Promise((resolve) => setTimeout(resolve, 6_000));
