import type { ServerResponse } from "node:http";
import type { ServiceName } from "./calls.ts";

/** Answers as the service does when IAM refuses: each in its own words. */
export const refuse = (response: ServerResponse, service: ServiceName, reason: string): void => {
  const message = `not authorized to perform: ${reason}`;
  if (service === "s3") {
    const error = `<Code>AccessDenied</Code><Message>${escaped(message)}</Message>`;
    response
      .writeHead(403, { "content-type": "application/xml", connection: "close" })
      .end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error>${error}</Error>`);
    return;
  }
  const body = JSON.stringify({ __type: "com.amazon.coral.service#AccessDeniedException", message, Message: message });
  response.writeHead(service === "sqs" ? 403 : 400, { "content-type": "application/x-amz-json-1.0" }).end(body);
};

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
