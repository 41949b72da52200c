import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import * as net from "node:net";
import { onTestFinished } from "vitest";

const listen = async (server: net.Server): Promise<number> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no TCP address");
  return address.port;
};

export interface LocalServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** How many connections are open. */
  connections(): number;
}

/** A server on this machine, for one test. Below HTTP it does as it is told with each connection. */
const serving = async (server: net.Server): Promise<LocalServer> => {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const port = await listen(server);
  return { origin: `http://127.0.0.1:${port}`, connections: () => sockets.size };
};

export const serveHttp = (listener: RequestListener): Promise<LocalServer> => serving(createServer(listener));

export const serveRaw = (onConnection: (socket: net.Socket) => void): Promise<LocalServer> =>
  serving(net.createServer(onConnection));

/** Answers every request so, and then no more; what is written is up to the test. */
export const answering = (head: readonly string[], body = ""): Promise<LocalServer> =>
  serveRaw((socket) => {
    socket.once("data", () => socket.write(`${head.join("\r\n")}\r\n\r\n${body}`));
  });

/** An origin where nobody listens. */
export const deadOrigin = async (): Promise<string> => {
  const server = net.createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
};

export const s3Xml = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
