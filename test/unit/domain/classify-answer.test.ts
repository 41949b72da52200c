import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import {
  classifyAnswer,
  mayHaveTakenEffect,
  responseText,
  saysForbidden,
} from "../../../lambdas/shared/domain/classify-answer.ts";
import { PermanentError, TransientError } from "../../../lambdas/shared/domain/errors.ts";

const expectation = { call: "PUT /tickets/e-CS0204070/notes", success: responseText("Comments added") };

/** What an answer is taken for: "success", or the error's code and effect. */
const outcomeOf = (status: number, body: string): string => {
  try {
    classifyAnswer({ status, body }, expectation);
    return "success";
  } catch (error) {
    if (error instanceof PermanentError) return error.code;
    if (error instanceof TransientError) return `${error.code}, ${error.effect}`;
    throw error;
  }
};

/** The bodies of the guide's "Common Error Responses", and spellings seen in the wild. */
const guideErrors = [
  ['{"message": "Missing Authentication Token"}', "configuration, none"],
  ['{"message": "Forbidden"}', "configuration, none"],
  ['{"Response": "Bad Path"}', "configuration, none"],
  ['{"Response": "APIKey not authorized for ticket company"}', "refused"],
  ['{"Response": "Unable to find mapping for ClientName"}', "configuration, none"],
  [
    '{"Response": ["assignment_group sys_id or name not found.", "This ticket cannot be created."]}',
    "unknown-group, none",
  ],
  ['{"Response": ["assigment_group sys_id or name not found."]}', "unknown-group, none"],
  ['{"Response": "assignment_group sys_id or name not found."}', "unknown-group, none"],
  [
    `{"Error": {"Code": "InvalidParameterValue", "Message": "Value
AQEBvxJoo81y8ewBSlc2RH9TgJVR02/WSz7w8tUy7lo+8XpJgMEsFRgOZaMPgVufSe03V9hfT4/M/xHAK1vXv for parameter
ReceiptHandle is invalid. Reason: The receipt handle has
expired.", "Type": "Sender"}, "RequestId": "377ec271-6395-5f50-9e0b-94befbb22782"}`,
    "expired, none",
  ],
  [
    '{"Error":{"Code":"InvalidParameterValue","Message":"Value AQEB for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.","Type":"Sender"},"RequestId":"377ec271"}',
    "expired, none",
  ],
  [
    String.raw`{"Error":{"Code":"ReceiptHandleIsInvalid","Message":"The input receipt handle \"AQEBvxJoo81y8ewBSlc2RH9T\" is not a valid receipt handle.\"","Type":"Sender"},"RequestId":"0672169c-060d-5a8a-95a6-40539ee34467"}`,
    "expired, none",
  ],
  [
    `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>120</X-Amz-Expires><RequestId>FC887DC0042A67FF</RequestId></Error>`,
    "expired, none",
  ],
  ['{"message":"Too Many Requests"}', "unavailable, none"],
] as const;

describe("classifying answers", () => {
  describe.each([200, 400, 403, 404, 500])("under status %i", (status) => {
    it.each(guideErrors)("[E5] [E13] %s", (body, outcome) => {
      expect(outcomeOf(status, body)).toBe(outcome);
    });
  });

  it.each([
    ["as in the guide", '{"Response": "Comments added"}'],
    ["with blanks around", '{"Response": " Comments added "}'],
    ["in capitals", '{"Response": "COMMENTS ADDED"}'],
    ["after a byte order mark", '\uFEFF{"Response": "Comments added"}\n'],
  ])("[E5] success is the documented text, %s", (_, body) => {
    expect(outcomeOf(200, body)).toBe("success");
    expect(outcomeOf(202, body)).toBe("success");
  });

  it.each([
    [200, "", "unavailable, unknown"],
    [200, "[]", "unavailable, unknown"],
    [200, "{}", "unavailable, unknown"],
    [200, "null", "unavailable, unknown"],
    [200, "<html><body>Sign in</body></html>", "unavailable, unknown"],
    [200, '{"Response": "Something else"}', "unavailable, unknown"],
    [200, '{"Response": {"code": 500}}', "unavailable, unknown"],
    [200, '{"message": "Internal server error"}', "unavailable, unknown"],
    [200, '{"message": "Internal server error", "Response": "Comments added"}', "unavailable, unknown"],
    [200, '{"Error": {"Code": "InternalError"}, "Response": "Comments added"}', "unavailable, unknown"],
    [200, '{"Response": ["State is invalid.", "This ticket cannot be updated."]}', "refused"],
    [204, "", "unavailable, unknown"],
    [302, "", "configuration, none"],
    [400, '{"Response": "Invalid status"}', "refused"],
    [400, '{"message": "Invalid request body"}', "refused"],
    [400, '{"Error": {"Code": "AWS.SimpleQueueService.NonExistentQueue", "Message": "…"}}', "configuration, none"],
    [401, '{"message": "Unauthorized"}', "configuration, none"],
    [403, "<html>403 Forbidden</html>", "configuration, none"],
    [403, '{"Message": "User is not authorized to access this resource"}', "configuration, none"],
    [403, '{"Response": "Ticket is read only"}', "refused"],
    [404, '{"Response": ["No record found."]}', "refused"],
    [408, "", "unavailable, unknown"],
    [429, "", "unavailable, none"],
    [500, '{"message": "Internal server error"}', "unavailable, unknown"],
    [500, '{"Response": "Comments added"}', "unavailable, unknown"],
    [502, '{"message": "Internal server error"}', "unavailable, unknown"],
    [503, "Service Unavailable", "unavailable, none"],
    [504, '{"message": "Endpoint request timed out"}', "unavailable, unknown"],
  ])("[E13] %i %s means %s", (status, body, outcome) => {
    expect(outcomeOf(status, body)).toBe(outcome);
  });

  it("[E13] the error names the call, what was said, and a remedy; and how long to wait", () => {
    const classify = (status: number, body: string) => () =>
      classifyAnswer({ status, body, retryAfterSeconds: 7 }, expectation);
    expect(classify(200, '{"Response": "Unable to find mapping for ClientName"}')).toThrow(
      'Ensono answered 200 "Unable to find mapping for ClientName" to PUT /tickets/e-CS0204070/notes: check ensono.clientName',
    );
    expect(classify(503, "")).toThrow(expect.objectContaining({ retryAfterSeconds: 7 }));
  });

  it("[E5] absurdly deep nesting is no success and no crash", () => {
    const success = z.object({ Response: z.json() });
    const body = `{"Response": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(() => classifyAnswer({ status: 200, body }, { call: "GET", success })).toThrow(TransientError);
  });

  it("[E5] no status and no body but the documented one is ever a success, and nothing but our errors is thrown", () => {
    const status = fc.oneof(fc.constantFrom(200, 202, 204, 302, 400, 403, 429, 500, 502, 503, 504), fc.integer());
    const texts = fc.oneof(
      fc.string(),
      fc.constantFrom("Comments added", " COMMENTS ADDED", "Forbidden", "Bad Path", "e-CS1"),
    );
    const said = fc.oneof(
      texts,
      fc.array(texts),
      fc.json().map((json): unknown => JSON.parse(json)),
    );
    const body = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc
        .record({ Response: said, message: said, Error: said }, { requiredKeys: [] })
        .map((json) => JSON.stringify(json)),
    );
    const documented = z.object({
      Response: z.string().regex(/^\s*comments\s+added\s*$/i),
      message: z
        .unknown()
        .refine((message) => typeof message !== "string")
        .optional(),
    });
    return fc.assert(
      fc.property(status, body, (someStatus, someBody) => {
        if (outcomeOf(someStatus, someBody) !== "success") return;
        expect(Math.trunc(someStatus / 100)).toBe(2);
        expect(documented.safeParse(JSON.parse(someBody)).success).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("[E3] tells a refused key from other refusals", () => {
    expect(saysForbidden({ status: 403, body: '{"message": "Forbidden"}' })).toBe(true);
    expect(saysForbidden({ status: 200, body: '{"message": "forbidden "}' })).toBe(true);
    expect(saysForbidden({ status: 403, body: '{"Response": "Forbidden by rule 7"}' })).toBe(false);
  });
});

describe("whether a call may have taken effect", () => {
  it.each([
    [200, '{"Response":"e-CS0204070"}', true],
    [200, "<html>", true],
    [500, '{"message":"Internal server error"}', true],
    [408, "", true],
    // A body that was cut short: nobody knows how it went on.
    [200, '{"Response":["assignment_gr', true],
    [200, '{"Response":["assignment_group sys_id or name not found.","This ticket cannot be created."]}', false],
    [200, '{"Response":["shortDescription is missing."]}', false],
    [503, '{"message":"Service Unavailable"}', false],
    [403, '{"message":"Forbidden"}', false],
    [400, '{"Response":"no"}', false],
  ])("[E5] [E14] %i %s: %s", (status, body, may) => {
    expect(mayHaveTakenEffect({ status, body })).toBe(may);
  });
});
