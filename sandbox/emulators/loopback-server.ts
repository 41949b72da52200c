import { createServer, type RequestListener } from "node:http";

export interface LoopbackServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Serves HTTP on 127.0.0.1 only, so that nothing of the sandbox can be reached from the network.
 *
 * @param port 0 (the default) takes any free port.
 * @throws when the port is taken; the error names it.
 */
export async function serveOnLoopback(listener: RequestListener, port = 0): Promise<LoopbackServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new Error(`Cannot listen on 127.0.0.1:${port}; choose another port or stop what uses it.`, { cause })),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no TCP address.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A port that was free a moment ago, by default any. @throws when the wanted one is taken. */
export async function freePort(wanted = 0): Promise<number> {
  const probe = await serveOnLoopback(() => undefined, wanted);
  await probe.stop();
  return Number(new URL(probe.url).port);
}
