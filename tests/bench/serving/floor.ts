import { fileURLToPath } from 'node:url';

import type { Plan } from './args.ts';
import { USERS } from './bundle.ts';
import type { BenchBundle } from './bundle.ts';
import { outputOf, SERVER_CORE } from './process.ts';

const BARE_LOOP = fileURLToPath(new URL('contenders/floor.ts', import.meta.url));

/** Batch size → microseconds of inference a user, without anything around it. */
export type Floor = Record<string, number>;

export async function measureFloor({ dir }: BenchBundle, { floorMs }: Plan): Promise<Floor> {
  const args = [BARE_LOOP, dir, String(USERS), String(floorMs)];
  return JSON.parse(await outputOf(SERVER_CORE, { command: process.execPath, args })) as Floor;
}

/** The batch with the least time a user. */
export function bestBatch(floor: Floor): { batch: number; microseconds: number } {
  const [batch, microseconds] = Object.entries(floor).reduce((best, next) => (next[1] < best[1] ? next : best));
  return { batch: Number(batch), microseconds };
}
