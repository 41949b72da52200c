/** What stands between the use cases and their ports, and around each invocation of a function. */
export interface Between {
  wrap<Port extends object>(name: string, port: Port): Port;
  survive<Result>(run: () => Promise<Result>): Promise<Result | undefined>;
}

/** One call of a port on its way. */
export interface PassingCall {
  readonly port: string;
  readonly method: string;
  readonly input: readonly unknown[];
  /** Makes the call. */
  go(): unknown;
}

/** A port whose every call passes through `pass`. */
export const intercepted = <Port extends object>(
  name: string,
  port: Port,
  pass: (call: PassingCall) => unknown,
): Port =>
  new Proxy(port, {
    get(target, method, receiver) {
      const member: unknown = Reflect.get(target, method, receiver);
      if (typeof member !== "function") return member;
      return (...input: unknown[]) =>
        pass({ port: name, method: String(method), input, go: () => member.apply(target, input) });
    },
  });

/** All calls of all ports pass through `pass`. */
export const betweenAll = (pass: (call: PassingCall) => unknown): Between => ({
  wrap: (name, port) => intercepted(name, port, pass),
  survive: (run) => run(),
});
