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
/** Sixteen at once, so some eighty a second: the queue fills up and stays full. */
const SLOW_MS = 200;

/**
 * Resident memory of champions that got the same requests: without a shadow, with one whose queue stays nearly empty, and with
 * one whose candidate is slow, so that the queue is full. The most it may add is what the code bounds: the queue, and the
 * heap of the thread that empties it.
 */
export async function measureShadowMemory(bundle: BenchBundle): Promise<Figure> {
  const rounds: Record<'without' | 'empty' | 'full', number>[] = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    rounds.push({ without: await memoryOf(bundle), empty: await memoryOf(bundle, 0), full: await memoryOf(bundle, SLOW_MS) });
  }
  const more = (than: 'without' | 'empty', what: 'empty' | 'full') => medianOf(rounds.map((each) => (each[what] - each[than]) / MIB));
  const bound = (BOUNDS.bytes + (LIMITS.maxOldGenerationSizeMb + LIMITS.maxYoungGenerationSizeMb) * MIB) / MIB;
  return atMost(more('without', 'full').median, bound, {
    statistic: 'MiB that a shadow with a full queue adds, median of the rounds',
    threadMiB: more('without', 'empty').median,
    fullQueueMiB: more('empty', 'full').median,
    queueHolds: { requests: BOUNDS.requests, MiB: rounded(BOUNDS.bytes / MIB) },
    withoutMiB: medianOf(rounds.map(({ without }) => without / MIB)).median,
    rounds: ROUNDS,
  });
}

/** @param candidateMs absent = no shadow */
async function memoryOf(bundle: BenchBundle, candidateMs?: number): Promise<number> {
  const champion = await startChampion(bundle, candidateMs);
  if (candidateMs !== undefined) await champion.shadow(100);
  await load(champion.server, { connections: CONNECTIONS, warmMs: 0, forMs: 0, requests: REQUESTS });
  const memory = champion.server.rss();
  const { dropped } = await champion.duplicates();
  await champion.end();
  if (candidateMs === SLOW_MS && dropped === 0) throw new Error('the queue of the shadow never filled up');
  return memory;
}
