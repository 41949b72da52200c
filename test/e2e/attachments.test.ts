import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  bodiesOf,
  callApi,
  differing,
  newClientNumber,
  pairOf,
  restoreAfterTest,
  useSandbox,
} from "../support/sandbox.ts";

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("files, through the synthesised stack", () => {
  const sandbox = useSandbox();

  const opened = async (): Promise<{ ensono: string; client: string }> => {
    const number = sandbox().ensono.agent.open({ shortDescription: "With files", description: "-" });
    await sandbox().quiet();
    return { ensono: number, client: pairOf(sandbox(), number).atClient.number };
  };
  const attachmentsOf = (number: string) => pairOf(sandbox(), number).atClient.attachments;
  const filesOf = (number: string) => pairOf(sandbox(), number).atEnsono.files;

  test("[T8] a file of Ensono's reaches the client byte for byte, in its place between two comments", async () => {
    const { ensono, quiet } = sandbox();
    const { ensono: number } = await opened();
    const small = randomBytes(5000);
    ensono.agent.comment(number, { body: "before" });
    ensono.agent.attach(number, { fileName: "Übersicht (neu).bin", content: small });
    ensono.agent.comment(number, { body: "after" });
    ensono.agent.attach(number, { fileName: "large.bin", content: { bytes: 12_000_000 } });
    await quiet();
    expect(attachmentsOf(number)).toMatchObject([
      { fileName: "Übersicht (neu).bin", size: 5000, sha256: sha256(small) },
      { fileName: "large.bin", size: 12_000_000 },
    ]);
    expect(differing(sandbox(), number)).toEqual([]);
  });

  test("[T8] a file that cannot be had becomes a comment, and the ticket goes on", async () => {
    const running = sandbox();
    restoreAfterTest(running);
    const { ensono: number } = await opened();
    running.ensono.faults.add({ call: "downloadFile", kind: "status", status: 404, times: 1 });
    running.ensono.agent.attach(number, { fileName: "lost.txt", content: Buffer.from("lost") });
    running.ensono.agent.comment(number, { body: "after" });
    await running.quiet();
    expect(attachmentsOf(number)).toEqual([]);
    expect(bodiesOf(pairOf(running, number).atClient.comments)).toEqual([
      expect.stringContaining('"lost.txt"'),
      "after",
    ]);
  });

  test("[T8] a download that breaks off is begun anew", async () => {
    const running = sandbox();
    restoreAfterTest(running);
    const { ensono: number } = await opened();
    running.ensono.faults.add({ call: "downloadFile", kind: "reset-mid-body", times: 2 });
    running.ensono.agent.attach(number, { fileName: "broken.bin", content: { bytes: 300_000 } });
    await running.quiet();
    expect(attachmentsOf(number)).toMatchObject([{ fileName: "broken.bin", size: 300_000 }]);
    expect(differing(running, number)).toEqual([]);
  });

  test.each(["content", "upload", "url"] as const)(
    "[I10] a file of the client's, given by %s, reaches Ensono byte for byte",
    async (by) => {
      const { client, quiet } = sandbox();
      const { ensono: number, client: clientNumber } = await opened();
      const bytes = randomBytes(20_000);
      await client.agent.attach(clientNumber, { fileName: `Bericht ${by}.bin`, content: bytes }, { by });
      await quiet();
      expect(filesOf(number)).toMatchObject([
        {
          fileName: expect.stringMatching(new RegExp(`^Bericht-${by}-[0-9a-f]{16}\\.bin$`)),
          size: 20_000,
          sha256: sha256(bytes),
        },
      ]);
      expect(
        sandbox()
          .ensono.calls()
          .filter(({ call, hasApiKey }) => call === "uploadFile" && hasApiKey),
      ).toEqual([]);
    },
  );

  test("[I10] an upload whose answer is lost is repeated on its URL, and the file is there once", async () => {
    const running = sandbox();
    restoreAfterTest(running);
    const { ensono: number, client: clientNumber } = await opened();
    running.ensono.faults.add({ call: "uploadFile", kind: "reset-after", times: 1 });
    await running.client.agent.attach(clientNumber, { fileName: "once.txt", content: Buffer.from("once") });
    await running.quiet();
    expect(filesOf(number)).toMatchObject([{ fileName: "once.txt" }]);
  });

  test("[I10] programs are refused at the door, large files by their size, wrong ones by name", async () => {
    const file = (attachment: Record<string, unknown>) => ({
      clientTicketNumber: newClientNumber(),
      attachments: [attachment],
    });
    expect(await callApi(sandbox(), file({ fileName: "Setup.EXE", content: "TVo=" }))).toMatchObject({
      status: 400,
      body: { field: "attachments[0].fileName", error: expect.stringContaining(".exe") },
    });
    expect(await callApi(sandbox(), file({ fileName: "a.txt" }))).toMatchObject({
      status: 400,
      body: { field: "attachments[0]" },
    });
    const upload = (body: unknown, id?: string) =>
      callApi(sandbox(), body, { path: "/attachments", ...(id === undefined ? {} : { id }) });
    expect(await upload({ fileName: "a.iso", size: 10 ** 13 })).toMatchObject({ status: 413, body: { field: "size" } });
    const [first, again] = [
      await upload({ fileName: "a.txt" }, "upload-1"),
      await upload({ fileName: "a.txt" }, "upload-1"),
    ];
    expect(first).toMatchObject({ status: 201, body: { uploadId: expect.any(String), uploadUrl: expect.any(String) } });
    expect(again.body).toMatchObject({
      uploadId: first.body instanceof Object && "uploadId" in first.body ? first.body.uploadId : "",
    });
  });

  test("[I10] what ServiceNow drops because its content does not fit its name is told on the client's ticket", async () => {
    const { client, quiet } = sandbox();
    const { ensono: number, client: clientNumber } = await opened();
    const zip = Buffer.concat([Buffer.from("PK\u0003\u0004\u0014\0\0\0", "latin1"), Buffer.alloc(300)]);
    await client.agent.attach(clientNumber, { fileName: "list.csv", contentType: "text/csv", content: zip });
    await quiet();
    expect(filesOf(number)).toEqual([]);
    expect(bodiesOf(pairOf(sandbox(), number).atClient.comments)).toEqual([
      expect.stringMatching(/"list\.csv" was sent to Ensono, but: .*may drop it/),
    ]);
  });
});
