import type { BenchBundle } from '../../serving/bundle.ts';
import { load } from '../../serving/load.ts';
import { atMost, type Figure, medianOf, quantile, rounded } from '../figures.ts';
import { type Champion, startChampion } from './champion.ts';

/** It may add a hundredth. */
const MOST = 1.01;
const ROUNDS = 24;
/** One connection: the champion's core is busy, and not full, so there is room for a thread of the lowest priority. */
const ROUND = { connections: 1, warmMs: 100, forMs: 1_000 };
const WARM_UP = { connections: 16, warmMs: 0, forMs: 3_000 };

interface Round {
  /** Milliseconds. */
  p99: number;
  p50: number;
  /** CPU time of the event loop for an answer, µs. */
  eventLoop: number;
}

/**
 * What duplicating every request does to the champion's latency. One process whose shadow is turned on and off in turn; each
 * round with it is compared with the two rounds without it around it. The same arithmetic over rounds without it alone
 * tells how much of that is noise of the machine.
 */
export async function measureShadowLatency(bundle: BenchBundle): Promise<Figure> {
  const champion = await startChampion(bundle);
  await load(champion.server, WARM_UP);
  const [without, shadowed] = [[await round(champion)], [] as Round[]];
  for (let count = 0; count < ROUNDS; count += 1) {
    await champion.shadow(100);
    shadowed.push(await round(champion));
    await champion.shadow(0);
    without.push(await round(champion));
  }
  const duplicates = await champion.duplicates();
  await champion.end();
  const ratios = (of: keyof Round): number[] => shadowed.map((each, index) => each[of] / mean(without[index]![of], without[index + 1]![of]));
  const noise = without.slice(1, -1).map((each, index) => each.p99 / mean(without[index]!.p99, without[index + 2]!.p99));
  const median = (rounds: readonly Round[], of: keyof Round): number => rounded(quantile(rounds.map((each) => each[of]), 0.5));
  return atMost(medianOf(ratios('p99')).median, MOST, {
    statistic: 'p99 with the shadow at 100% as a multiple of that without, median of the rounds',
    confidence95: medianOf(ratios('p99')).within,
    noise: { ...medianOf(noise) },
    p50Ratio: medianOf(ratios('p50')),
    eventLoopCpuRatio: medianOf(ratios('eventLoop')),
    p99Ms: { without: median(without, 'p99'), shadowed: median(shadowed, 'p99') },
    rounds: ROUNDS,
    duplicates,
  });
}

async function round({ server, eventLoopSeconds }: Champion): Promise<Round> {
  const cpu = eventLoopSeconds();
  const { latency, answered, errors, fallbacks, wrong, faults } = await load(server, ROUND);
  if (answered === 0 || errors + fallbacks + wrong > 0) throw new Error(`the champion answered wrongly: ${faults.join('; ')}`);
  const all = answered * ((ROUND.warmMs + ROUND.forMs) / ROUND.forMs);
  return { p99: latency.p99, p50: latency.p50, eventLoop: ((eventLoopSeconds() - cpu) * 1e6) / all };
}

const mean = (one: number, other: number): number => (one + other) / 2;
