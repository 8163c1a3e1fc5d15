import { fileURLToPath } from 'node:url';

import type { BenchBundle } from './bundle.ts';
import { freePort, SERVER_CORE, startPinned, untilReady } from './process.ts';
import type { Command, PinnedProcess } from './process.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Who is compared; the last two only at the busiest. */
export type Contender = 'ours' | 'naiveExpress' | 'fastapi' | 'noopExpress' | 'fastapiAsync' | 'naiveExpressDefaults';

export interface Server extends PinnedProcess {
  name: string;
  port: number;
}

/** Starts a contender on the servers' core and waits until it answers. */
export async function startContender(contender: Contender, bundle: BenchBundle, python = 'python3'): Promise<Server> {
  if (contender === 'ours') return startOurs(bundle);
  const port = await freePort();
  const commands: Record<typeof contender, Command> = {
    naiveExpress: { command: process.execPath, args: [`${HERE}contenders/naive-express.ts`, String(port), bundle.dir] },
    naiveExpressDefaults: { command: process.execPath, args: [`${HERE}contenders/naive-express.ts`, String(port), bundle.dir, 'defaults'] },
    noopExpress: { command: process.execPath, args: [`${HERE}contenders/noop-express.ts`, String(port)] },
    fastapi: uvicorn(python, 'fastapi_app', port, bundle),
    fastapiAsync: uvicorn(python, 'fastapi_async_app', port, bundle),
  };
  const server = { ...startPinned(SERVER_CORE, commands[contender]), name: contender, port };
  await untilReady(contender, server, async () => (await ask(port, 'u0', 1)).ok);
  return server;
}

function uvicorn(python: string, module: string, port: number, bundle: BenchBundle): Command {
  const options = ['--app-dir', `${HERE}contenders`, '--port', String(port), '--no-access-log', '--log-level', 'warning'];
  return { command: python, args: ['-m', 'uvicorn', `${module}:app`, ...options], env: { BUNDLE_DIR: bundle.dir, PYTHONDONTWRITEBYTECODE: '1' } };
}

/** Starts our server as a pod would; `env` adds to its settings. */
export async function startOurs(bundle: BenchBundle, env: Record<string, string> = {}): Promise<Server> {
  const port = await freePort();
  const settings = {
    MODEL_NAMESPACE: 'bench',
    MODEL_NAME: 'bench',
    MODEL_VERSION: '1.0.0',
    BUNDLE_DIGEST: bundle.digest,
    BUNDLE_DIR: bundle.dir,
    PORT: String(port),
    ...env,
  };
  const started = startPinned(SERVER_CORE, { command: process.execPath, args: [`${ROOT}serving/main.ts`], env: settings });
  const server = { ...started, name: 'ours', port };
  await untilReady('our server', server, async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok);
  return server;
}

/** One request, outside every measurement. */
export function ask(port: number, user: string, k: number): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user_id: user, k }),
  });
}
