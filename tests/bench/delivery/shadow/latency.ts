import type { BenchBundle } from '../../serving/bundle.ts';
import { load } from '../../serving/load.ts';
import { atMost, type Figure, medianOf, type Median, quantile, rounded } from '../figures.ts';
import { type Champion, type Duplicates, startChampion } from './champion.ts';

/** It may add a hundredth. */
const MOST = 1.01;
/** For each of the two champions that take turns in being shadowed. */
const ROUNDS = 12;
const WARM_UP = { connections: 16, warmMs: 0, forMs: 3_000 };
/** Until the code of the thread that duplicates is compiled, which goes on beside the champion's own threads. */
const SHADOW_WARM_UP = { warmMs: 0, forMs: 20_000 };
const ROUND = { warmMs: 500, forMs: 2_000 };

/** `thinkMs` leaves the champion's core free for about half of the time; without it one connection fills it. */
export interface Shape {
  connections: number;
  thinkMs?: number;
}

interface Round {
  /** Milliseconds. */
  p99: number;
  p50: number;
  /** CPU time of the event loop for an answer, µs. */
  eventLoop: number;
}

/** Rounds in the order in which they were run: one without a shadow, one with it, and so on; one more of those without. */
interface Turns {
  without: Round[];
  shadowed: Round[];
}

/** Two champions that work. */
export async function startPair(bundle: BenchBundle): Promise<[Champion, Champion]> {
  const pair: [Champion, Champion] = [await startChampion(bundle), await startChampion(bundle)];
  for (const { server } of pair) await load(server, WARM_UP);
  return pair;
}

/**
 * What duplicating every request does to the champion's latency. One of two champions on the same core is shadowed and they
 * are loaded in turn; each round with a shadow is compared with the two rounds without it around it. Then the other one is
 * shadowed: by how much one process is faster than the other by itself falls out of the geometric mean of both. The same arithmetic
 * over rounds without a shadow alone tells how much is noise of the machine.
 */
export async function measureShadowLatency([one, other]: [Champion, Champion], shape: Shape): Promise<Figure> {
  const duplicates = async (): Promise<Duplicates[]> => [await one.duplicates(), await other.duplicates()];
  const before = await duplicates();
  const both = [await inTurn(one, other, shape), await inTurn(other, one, shape)];
  const after = await duplicates();
  const ratio = (of: keyof Round): Median => middleOf(both.map(({ without, shadowed }) => medianOf(shadowed.map((each, index) => each[of] / around(without, index, index + 1, of)))));
  const noise = both.flatMap(({ without }) => without.slice(1, -1).map((each, index) => each.p99 / around(without, index, index + 2, 'p99')));
  const p99Ms = (which: keyof Turns): number => rounded(quantile(both.flatMap((turns) => turns[which].map(({ p99 }) => p99)), 0.5));
  const since = (what: keyof Duplicates): number => sum(after, what) - sum(before, what);
  return atMost(ratio('p99').median, MOST, {
    statistic: 'p99 with the shadow at 100% as a multiple of that without, median of the rounds',
    confidence95: ratio('p99').within,
    noise: medianOf(noise),
    p50Ratio: ratio('p50'),
    eventLoopCpuRatio: ratio('eventLoop'),
    p99Ms: { without: p99Ms('without'), shadowed: p99Ms('shadowed') },
    rounds: 2 * ROUNDS,
    duplicates: { compared: since('compared'), dropped: since('dropped') },
  });
}

async function inTurn(shadowed: Champion, without: Champion, shape: Shape): Promise<Turns> {
  await shadowed.shadow(100);
  await load(shadowed.server, { ...shape, ...SHADOW_WARM_UP });
  await shadowed.drained();
  const turns: Turns = { without: [await round(without, shape)], shadowed: [] };
  for (let count = 0; count < ROUNDS; count += 1) {
    turns.shadowed.push(await round(shadowed, shape));
    // What it still has to send would weigh on the round of the other.
    await shadowed.drained();
    turns.without.push(await round(without, shape));
  }
  await shadowed.shadow(0);
  return turns;
}

async function round({ server, eventLoopSeconds }: Champion, shape: Shape): Promise<Round> {
  const cpu = eventLoopSeconds();
  const { latency, answered, errors, fallbacks, wrong, faults } = await load(server, { ...shape, ...ROUND });
  if (answered === 0 || errors + fallbacks + wrong > 0) throw new Error(`the champion answered wrongly: ${faults.join('; ')}`);
  const all = answered * ((ROUND.warmMs + ROUND.forMs) / ROUND.forMs);
  return { p99: latency.p99, p50: latency.p50, eventLoop: ((eventLoopSeconds() - cpu) * 1e6) / all };
}

const around = (rounds: readonly Round[], before: number, after: number, of: keyof Round): number => (rounds[before]![of] + rounds[after]![of]) / 2;

const sum = (duplicates: readonly Duplicates[], what: keyof Duplicates): number => duplicates.reduce((total, each) => total + each[what], 0);

/** The geometric mean of ratios, and of the bounds of each. */
function middleOf(medians: readonly Median[]): Median {
  const mean = (values: readonly number[]): number => rounded(Math.exp(values.reduce((total, value) => total + Math.log(value), 0) / values.length));
  return { median: mean(medians.map(({ median }) => median)), within: [mean(medians.map(({ within }) => within[0])), mean(medians.map(({ within }) => within[1]))] };
}
