import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from './http.ts';
import type { TinyBundle } from './tiny-bundle.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface CommandResult {
  code: number | null;
  logs: Record<string, unknown>[];
}

export interface ServingProcess {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  host: string;
  child: ChildProcess;
  /** So far. */
  logs: CommandResult['logs'];
  /** Resolves when the process has ended. */
  ended: Promise<CommandResult>;
  ready(): Promise<void>;
  metrics(): Promise<string>;
  /** Ends the process at once and waits for it. */
  kill(): Promise<void>;
}

/** Runs a command of the serving image to its end, e.g. `serving/validate/main.ts`. */
export function runCommand(entry: string, env: Record<string, string>): Promise<CommandResult> {
  return start(entry, env).ended;
}

/** Starts the server as its own process on a free port, with `bundle` for its bundle. */
export async function startServing(bundle: TinyBundle, env: Record<string, string> = {}): Promise<ServingProcess> {
  const { child, logs, ended } = start('serving/main.ts', {
    MODEL_NAMESPACE: 'shop',
    MODEL_NAME: 'tiny',
    MODEL_VERSION: bundle.version,
    BUNDLE_DIGEST: bundle.digest,
    BUNDLE_DIR: bundle.dir,
    PORT: '0',
    DRAIN_MS: '100',
    ...env,
  });
  const port = await eventually('the server to listen', () => logs.find(({ msg }) => msg === 'listening')?.['port'], 15_000);
  const origin = `http://127.0.0.1:${String(port)}`;
  return {
    origin,
    host: `127.0.0.1:${String(port)}`,
    child,
    logs,
    ended,
    ready: async () => void (await eventually('the server to be ready', async () => (await fetch(`${origin}/ready`)).ok, 15_000)),
    metrics: async () => (await fetch(`${origin}/metrics`)).text(),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function start(entry: string, env: Record<string, string>) {
  // With the cache a process starts in little more than half the time.
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  const child = spawn(process.execPath, [entry], { cwd: ROOT, env: { PATH, NODE_COMPILE_CACHE, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const logs: CommandResult['logs'] = [];
  createInterface({ input: child.stdout }).on('line', (line) => logs.push(JSON.parse(line) as Record<string, unknown>));
  const ended = new Promise<CommandResult>((done) => {
    child.once('close', (code) => done({ code, logs }));
  });
  return { child, logs, ended };
}
