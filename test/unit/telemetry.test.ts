import { describe, expect, it, vi } from "vitest";
import { mask } from "../../lambdas/shared/runtime/mask.ts";
import { telemetry } from "../../lambdas/shared/runtime/telemetry.ts";

const signedUrl =
  "https://bucket.s3.us-west-1.amazonaws.com/rocket.jpg?X-Amz-Credential=ASIA%2F2023&X-Amz-Date=20230208T172243Z&X-Amz-Expires=7200&X-Amz-Security-Token=IQoJ%2F&X-Amz-Signature=a121d8&X-Amz-SignedHeaders=host";

describe("mask", () => {
  it.each([
    ["contact Jason.Doe+x@abc.example.com is unknown", "contact (masked) is unknown"],
    ["<noreply@client.com>,a@b.de", "<(masked)>,(masked)"],
    ["call 555-909-2395 or +1 833-662-7378 or +49 (0)30 123456", "call (masked) or (masked) or (masked)"],
    ["call 800.555.1234", "call (masked)"],
    ['{"x-api-key": "abc-123"}', '{"x-api-key": "(masked)"}'],
    ["x-api-key=abc-123;", "x-api-key=(masked);"],
    ["authorization: Bearer eyJ.a-b_c=", "authorization: Bearer (masked)"],
    ["secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "secret (masked)"],
    [
      signedUrl,
      "https://bucket.s3.us-west-1.amazonaws.com/rocket.jpg?X-Amz-Credential=(masked)&X-Amz-Date=20230208T172243Z&X-Amz-Expires=7200&X-Amz-Security-Token=(masked)&X-Amz-Signature=(masked)&X-Amz-SignedHeaders=host",
    ],
  ])("[L1] %s", (text, masked) => {
    expect(mask(text)).toBe(masked);
  });

  it.each([
    "ENSONO#e-CS0204070",
    "CLIENT#INC0010299",
    "001674858334956#000000000000000000018875507807458288128#0eb49bcf-5317-4769-1372-234213658200",
    "evb_1b2c3d4e5f60718293a4b5c6_0",
    "2023-01-27T22:24:53.000Z",
    "2023-01-27T16:24:53-06:00 and GMT+05:30",
    "PUT /tickets/e-CS0204070/notes",
    "still failing: no answer within 20000 ms, 1234 5678",
    "e-CHG0032103, RITM0012345678",
  ])("[L1] leaves %s alone, which is searched for", (text) => {
    expect(mask(text)).toBe(text);
  });
});

describe("what a function tells", () => {
  /** The lines that a function would write into its log. */
  const linesOf = (tell: (told: ReturnType<typeof telemetry>) => void): unknown[] => {
    const lines: string[] = [];
    const record = (line: unknown): void => void lines.push(String(line));
    for (const method of ["info", "warn", "error"] as const) vi.spyOn(console, method).mockImplementation(record);
    vi.stubEnv("POWERTOOLS_DEV", "true");
    tell(telemetry());
    vi.unstubAllEnvs();
    return lines.map((line): unknown => JSON.parse(line));
  };

  it("[L1] is masked wherever it stands: in the journal, in errors, and in what caused them", () => {
    const cause = new Error("asked by Jason.Doe@abc.com");
    const lines = linesOf(({ journal, logger }) => {
      journal.info("done", {
        lane: "ENSONO#e-CS0204070",
        notes: ["for Jason.Doe@abc.com"],
        deep: [{ url: signedUrl }],
      });
      journal.warn("held", { lane: "ENSONO#e-CS0204070", reason: "Jason.Doe@abc.com is unknown" });
      logger.error("broke off", { error: new Error("Jason.Doe@abc.com", { cause }) });
    });
    expect(lines).toMatchObject([
      { message: "done", journal: { lane: "ENSONO#e-CS0204070", notes: ["for (masked)"] } },
      { message: "held", journal: { lane: "ENSONO#e-CS0204070", reason: "(masked) is unknown" } },
      { message: "broke off", error: { message: "(masked)", cause: { message: "asked by (masked)" } } },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/Jason|a121d8|IQoJ|ASIA/);
  });
});
