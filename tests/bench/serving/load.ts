import { fileURLToPath } from 'node:url';

import { USERS } from './bundle.ts';
import { K } from './graph.ts';
import type { LoadJob, LoadResult } from './load/job.ts';
import { LOAD_CORE, outputOf } from './process.ts';
import type { Server } from './servers.ts';

const GENERATOR = fileURLToPath(new URL('load/main.ts', import.meta.url));

type LoadOptions = Pick<LoadJob, 'connections' | 'warmMs' | 'forMs'> & Partial<LoadJob>;

let seed = 0;

/** Loads a server from the other core; every measurement asks for other random users. */
export async function load(server: Server, options: LoadOptions): Promise<LoadResult> {
  seed += 1;
  const job: LoadJob = { port: server.port, users: USERS, k: K, seed, empty: server.name === 'noopExpress', ...options };
  return JSON.parse(await outputOf(LOAD_CORE, { command: process.execPath, args: [GENERATOR, JSON.stringify(job)] })) as LoadResult;
}
