import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

export interface WatchedProcess {
  /** Settles when the process has ended, with the last of what it wrote to standard error. */
  readonly ended: Promise<string>;
  /** Ends the process: politely, and after three seconds for good. */
  stop(): Promise<void>;
}

// The shell holds the reading end of a pipe that only our process writes to. However we die, SIGKILL included, the
// pipe closes, `cat` ends and the server is told to end. $PPID is our process: the owner in the pid file.
const watchdog = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
[ -z "$PID_FILE" ] || echo "$PPID $server" >"$PID_FILE"
{ cat <&3 >/dev/null; kill "$server"; } 2>/dev/null &
wait "$server"
`;

/**
 * Starts a server process that cannot outlive this one. Needs a POSIX shell.
 *
 * @param pidFile where the ids of this process and of the server are written, for {@link endStaleProcess}.
 */
export function startWatchedProcess(command: readonly string[], options: { pidFile?: string } = {}): WatchedProcess {
  const child = spawn("/bin/sh", ["-c", watchdog, "sh", ...command], {
    // A group of its own, so that Ctrl-C reaches the sandbox, which then ends the server last.
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
    env: { ...process.env, PID_FILE: options.pidFile ?? "" },
  });
  let errorOutput = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errorOutput = (errorOutput + chunk).slice(-2000);
  });
  const ended = Promise.race([
    once(child, "exit").then(() => errorOutput),
    once(child, "error").then(([error]) => String(error)),
  ]).finally(() => child.stdin.destroy());

  async function stop(): Promise<void> {
    child.stdin.destroy();
    const gone = await Promise.race([ended.then(() => true), delay(3000, false, { ref: false })]);
    if (!gone && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await ended;
    if (options.pidFile !== undefined) await rm(options.pidFile, { force: true });
  }
  return { ended, stop };
}

/**
 * Makes sure that no server of an earlier run still works on the same data: one whose owner is gone is killed.
 *
 * @param isOurs tells the server's command line from that of a stranger who was given the same process id since.
 * @throws when the owner is alive: two sandboxes must not share one directory.
 */
export async function endStaleProcess(pidFile: string, isOurs: (commandLine: string) => boolean): Promise<void> {
  const content = await readFile(pidFile, "utf8").catch(() => "");
  const [owner, server] = content.trim().split(" ").map(Number);
  if (!owner || !server || !isOurs(commandLine(server))) return;
  if (commandLine(owner) !== "") {
    throw new Error(`${pidFile}: process ${owner} is using this data; stop it or choose another data directory.`);
  }
  while (kill(server)) await delay(10);
}

/** False when there is nothing left to kill. */
function kill(pid: number): boolean {
  try {
    return commandLine(pid) !== "" && process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** Empty when there is no such process any more (or only its zombie). */
function commandLine(pid: number): string {
  try {
    return process.platform === "linux"
      ? readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")
      : execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}
