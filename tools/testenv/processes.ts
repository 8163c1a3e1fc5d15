import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A server of the test's own, started and stopped at will. */
export type Daemon = {
  readonly pid: number;
  /** Resolves when the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  exited(): boolean;
};

/** Folder with etcd, kube-apiserver and kubectl; the test task sets it. */
export function assets(): string {
  const folder = process.env['KUBEBUILDER_ASSETS'];
  if (folder && existsSync(join(folder, 'kube-apiserver'))) return folder;
  throw new Error('KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver: run these tests by `npm run test:apiserver`');
}

/** setpriv lets the kernel end the server when the test process dies, however it dies. */
const SETPRIV = '/usr/bin/setpriv';

/** A short life spends its time better than on collecting garbage four times as often. */
const GO = { GOGC: '400', GOMEMLIMIT: '2GiB' };

/** Starts a program whose output goes to a file. */
export function startDaemon(program: string, args: readonly string[], logFile: string): Daemon {
  const log = openSync(logFile, 'a');
  const [command, allArgs] = existsSync(SETPRIV) ? [SETPRIV, ['--pdeathsig', 'KILL', program, ...args]] : [program, args];
  const child = spawn(command, allArgs, { env: { ...process.env, ...GO }, stdio: ['ignore', log, log] });
  const gone = exitOf(child);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  return {
    pid,
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal);
      await gone;
    },
    exited: () => child.exitCode !== null || child.signalCode !== null,
  };
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

/** Asks every 50 ms until the answer is true; fails, with the end of the log, when the process is gone or time is up. */
export async function untilReady(
  what: string,
  daemon: Daemon,
  logFile: string,
  ready: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await ready().catch(() => false))) {
    if (daemon.exited() || performance.now() > end) {
      throw new Error(`${what} ${daemon.exited() ? 'ended' : `was not ready in ${timeoutMs / 1000} s`}:\n${lastLines(logFile)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const lastLines = (logFile: string): string => readFileSync(logFile, 'utf8').split('\n').slice(-15).join('\n');
