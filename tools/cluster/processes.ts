import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateDir, statePaths } from './layout.ts';
import { until } from './wait.ts';

type Identity = { pid: number; startedAt: string };

const pidFile = (name: string): string => join(statePaths.processes, `${name}.json`);

/** The file that a background process writes both its output streams to. */
export const logFile = (name: string): string => join(statePaths.logs, `${name}.log`);

/** Starts a background process that outlives this one. Its pid is kept together with its start time. */
export function startProcess(name: string, command: string, args: readonly string[]): number {
  mkdirSync(statePaths.processes, { recursive: true });
  mkdirSync(statePaths.logs, { recursive: true });
  const log = openSync(logFile(name), 'a');
  try {
    const env = { HOME: stateDir, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin` };
    const child = spawn(command, args, { cwd: stateDir, detached: true, stdio: ['ignore', log, log], env });
    child.on('error', () => undefined);
    if (child.pid === undefined) throw new Error(`Cannot start ${command}: check that it exists and is executable.`);
    child.unref();
    const identity: Identity = { pid: child.pid, startedAt: startTime(child.pid) ?? '' };
    writeFileSync(pidFile(name), JSON.stringify(identity));
    return child.pid;
  } finally {
    closeSync(log);
  }
}

/** The pid of a process started by startProcess if it still runs. A pid that now belongs to another process does not count. */
export function runningPid(name: string): number | undefined {
  if (!existsSync(pidFile(name))) return undefined;
  const { pid, startedAt } = JSON.parse(readFileSync(pidFile(name), 'utf8')) as Identity;
  return startTime(pid) === startedAt ? pid : undefined;
}

/**
 * Sends a signal and waits until the process is gone; after `graceMs` it is killed.
 * @returns whether it was running
 */
export async function stopProcess(name: string, signal: NodeJS.Signals = 'SIGTERM', graceMs = 10_000): Promise<boolean> {
  const pid = runningPid(name);
  if (pid !== undefined) {
    const gone = (): boolean => runningPid(name) === undefined;
    process.kill(pid, signal);
    try {
      await until(`${name} does not stop`, graceMs, gone, 30);
    } catch {
      process.kill(pid, 'SIGKILL');
      await until(`${name} survives SIGKILL`, 10_000, gone, 30);
    }
  }
  rmSync(pidFile(name), { force: true });
  return pid !== undefined;
}

// Field 22 of /proc/PID/stat, clock ticks since boot; undefined for a process that has ended, a zombie included.
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
