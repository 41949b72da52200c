import { intercepted } from "./between-ports.ts";

/** The process dies: no later line of the same invocation has any effect. */
export class Crash extends Error {
  override readonly name = "Crash";
}

export interface Mishap {
  /** Which of all calls through the ports fails; 0 for none. */
  readonly nth: number;
  /** Before the call takes effect, or after. */
  readonly when: "before" | "after";
  /** What the call fails with; without it, it kills the process. */
  readonly error?: () => Error;
  /** The ports whose calls count; without it, all. */
  readonly ports?: readonly string[];
}

/**
 * Ports through which exactly one call fails, or kills the process. Whatever a killed invocation still tries goes nowhere; the
 * next invocation lives again.
 */
export const faultyPorts = ({ nth, when, error, ports }: Mishap) => {
  let calls = 0;
  let isDead = false;
  let failed: string | undefined;
  let thrown: Error | undefined;

  const fail = (name: string): never => {
    failed = `${when} ${name}`;
    isDead = error === undefined;
    thrown = error?.() ?? new Crash(name);
    throw thrown;
  };

  const pass = async (name: string, call: () => unknown): Promise<unknown> => {
    if (isDead) throw new Crash(name);
    calls += 1;
    const isTheOne = calls === nth;
    if (isTheOne && when === "before") fail(name);
    const result = await call();
    if (isTheOne) fail(name);
    if (isDead) throw new Crash(name);
    return result;
  };

  return {
    wrap<Port extends object>(portName: string, port: Port): Port {
      if (ports !== undefined && !ports.includes(portName)) return port;
      return intercepted(portName, port, ({ method, go }) => pass(`${portName}.${method}`, go));
    },

    /** Runs one invocation; gives undefined when it died or broke off. */
    async survive<Result>(run: () => Promise<Result>): Promise<Result | undefined> {
      isDead = false;
      try {
        return await run();
      } catch (cause) {
        if (cause instanceof Crash || cause === thrown) return undefined;
        throw cause;
      }
    },

    /** How many calls were made, and which of them failed. */
    get calls() {
      return calls;
    },
    get failed() {
      return failed;
    },
  };
};
