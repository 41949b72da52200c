import type { Json } from "./queue-message.ts";

/** Every text that the guide shows, word for word ("Using the API", "Common Error Responses"). */
export interface Answer {
  status: number;
  body: Json;
  /** Where it is not JSON: the body is a text then, and sent as it stands. */
  contentType?: "text/html" | "application/xml";
  headers?: Record<string, string>;
}

export const missingAuthenticationToken: Answer = { status: 403, body: { message: "Missing Authentication Token" } };
export const forbidden: Answer = { status: 403, body: { message: "Forbidden" } };

export const responded = (text: Json, status = 200): Answer => ({ status, body: { Response: text } });

export const badPath = "Bad Path";
export const noMappingForClientName = "Unable to find mapping for ClientName";
export const notAuthorizedForTicket = "APIKey not authorized for ticket company";
export const groupNotFound = "assignment_group sys_id or name not found.";
export const cannotBeCreated = "This ticket cannot be created.";
export const cannotBeUpdated = "This ticket cannot be updated.";

export const changeHasNoFields = "No other fields of a change can be directly updated via the integration.";
export const changeCannotBeRead = "Only incidents and requests can be read via the integration.";
export const echoHasNoChanges = "Echo works only for incidents and requests.";
export const approvalReceived = "Approval Received Successfully";
/** The blank is the guide's. */
export const rejectionReceived = " Rejection Received Successfully";

export type EnvelopeShape = "single" | "double" | "alternate";

/**
 * The two shapes in which the guide shows an answer to GET /queue, taken in turn when `alternate`. Where there are no
 * messages, the double one says null; the single one says [] and leaves `messages` out, in turn.
 */
export function createQueueAnswers(shape: EnvelopeShape): (messages: Json[], requestId: string) => Answer {
  let answered = 0;
  let emptySingles = 0;
  return (messages, requestId) => {
    const double = shape === "double" || (shape === "alternate" && answered % 2 === 1);
    answered += 1;
    const ResponseMetadata = { RequestId: requestId };
    if (double) {
      const inner = { messages: messages.length === 0 ? null : messages };
      const ReceiveMessageResult = { ResponseMetadata, ReceiveMessageResult: inner };
      return { status: 200, body: { ReceiveMessageResponse: { ReceiveMessageResult } } };
    }
    if (messages.length === 0) emptySingles += 1;
    const ReceiveMessageResult: Json = messages.length === 0 && emptySingles % 2 === 0 ? {} : { messages };
    return { status: 200, body: { ReceiveMessageResponse: { ResponseMetadata, ReceiveMessageResult } } };
  };
}

export const messageDeleted = (requestId: string): Answer => ({
  status: 200,
  body: { DeleteMessageResponse: { ResponseMetadata: { RequestId: requestId } } },
});

/** The errors of SQS, as the guide shows them; the closing quotation mark of the second is the guide's. */
export const handleError = (why: "expired" | "invalid", handle: string, requestId: string): Json => ({
  Error:
    why === "expired"
      ? {
          Code: "InvalidParameterValue",
          Message: `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
          Type: "Sender",
        }
      : {
          Code: "ReceiptHandleIsInvalid",
          Message: `The input receipt handle "${handle}" is not a valid receipt handle."`,
          Type: "Sender",
        },
  RequestId: requestId,
});
