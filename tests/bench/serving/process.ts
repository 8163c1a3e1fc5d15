import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** The servers have one core, whoever loads them has the other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const STARTS_WITHIN_MS = 60_000;
const TAIL_BYTES = 2_000;
const KIB = 1024;

export interface Command {
  command: string;
  args: string[];
  env?: Record<string, string>;
}

/** A process tied to one core. */
export interface PinnedProcess {
  pid: number;
  isRunning(): boolean;
  /** Resident memory, bytes. */
  rss(): number;
  /** CPU time so far, seconds. */
  cpuSeconds(): number;
  /** What it printed last on stderr and, unless somebody reads it, stdout. */
  tail(): string;
  ended: Promise<void>;
  /** Ends it and waits for that. */
  end(): Promise<void>;
}

const running = new Set<PinnedProcess>();

/** Ends whatever is still running. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((process) => process.end()));
}

/** Whoever interrupts a benchmark must not be left with servers. */
export function endAllWhenInterrupted(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void endAll().then(() => process.exit(1)));
  }
}

/** @param onOutput receives what the process writes to stdout */
export function startPinned(core: number, { command, args, env = {} }: Command, onOutput?: (text: string) => void): PinnedProcess {
  const { PATH = '' } = process.env;
  // taskset turns into the command, so that the process started is the process measured.
  const child = spawn('taskset', ['--cpu-list', String(core), command, ...args], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let tail = '';
  const keep = (text: string) => (tail = (tail + text).slice(-TAIL_BYTES));
  child.stdout.setEncoding('utf8').on('data', onOutput ?? keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  child.once('error', (error) => keep(error.message));
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const { pid = 0 } = child;
  const pinned: PinnedProcess = {
    pid,
    isRunning: () => child.exitCode === null && child.signalCode === null && child.pid !== undefined,
    rss: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * KIB,
    cpuSeconds: () => cpuSecondsOf(readFileSync(`/proc/${pid}/stat`, 'utf8')),
    tail: () => tail.trim(),
    ended,
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
  running.add(pinned);
  void ended.then(() => running.delete(pinned));
  return pinned;
}

/** Runs a pinned process to its end. @returns what it wrote to stdout @throws when it wrote nothing */
export async function outputOf(core: number, command: Command): Promise<string> {
  let output = '';
  const process = startPinned(core, command, (text) => (output += text));
  await process.ended;
  if (output === '') throw new Error(`${command.args[0]} gave no result: ${process.tail()}`);
  return output;
}

/** Waits until `isReady`, and says what the process printed if it ends before. */
export async function untilReady(name: string, process: PinnedProcess, isReady: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + STARTS_WITHIN_MS;
  while (!(await isReady().catch(() => false))) {
    if (!process.isRunning()) throw new Error(`${name} ended before it was ready: ${process.tail()}`);
    if (performance.now() > until) throw new Error(`${name} was not ready within ${STARTS_WITHIN_MS / 1000} s: ${process.tail()}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms; the second field may hold spaces. */
function cpuSecondsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
