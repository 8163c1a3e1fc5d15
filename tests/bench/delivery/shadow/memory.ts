import { BOUNDS } from '../../../../serving/shadow/shadow.ts';
import { LIMITS } from '../../../../serving/shadow/thread.ts';
import type { BenchBundle } from '../../serving/bundle.ts';
import { load } from '../../serving/load.ts';
import { atMost, type Figure, medianOf, rounded } from '../figures.ts';
import { startChampion } from './champion.ts';

const MIB = 1024 * 1024;
const ROUNDS = 3;
const CONNECTIONS = 16;
const REQUESTS = 10_000;

/**
 * Resident memory of champions that got the same requests, without a shadow and with one whose queue is full, since so many come at
 * once. The most it may add is what the code bounds: the queue, and the heap of the thread that empties it.
 */
export async function measureShadowMemory(bundle: BenchBundle): Promise<Figure> {
  const rounds: Record<'without' | 'shadowed', number>[] = [];
  for (let count = 0; count < ROUNDS; count += 1) rounds.push({ without: await memoryOf(bundle, 0), shadowed: await memoryOf(bundle, 100) });
  const bound = (BOUNDS.bytes + (LIMITS.maxOldGenerationSizeMb + LIMITS.maxYoungGenerationSizeMb) * MIB) / MIB;
  return atMost(medianOf(rounds.map(({ without, shadowed }) => (shadowed - without) / MIB)), bound, {
    statistic: 'MiB that a shadow with a full queue adds, median of the rounds',
    queueHolds: { requests: BOUNDS.requests, MiB: rounded(BOUNDS.bytes / MIB) },
    withoutMiB: medianOf(rounds.map(({ without }) => without / MIB)),
    rounds: ROUNDS,
  });
}

async function memoryOf(bundle: BenchBundle, percent: 0 | 100): Promise<number> {
  const champion = await startChampion(bundle);
  if (percent > 0) await champion.shadow(percent);
  await load(champion.server, { connections: CONNECTIONS, warmMs: 0, forMs: 0, requests: REQUESTS });
  const memory = champion.server.rss();
  const { dropped } = await champion.duplicates();
  await champion.end();
  if (percent > 0 && dropped === 0) throw new Error('the queue of the shadow never filled up');
  return memory;
}
