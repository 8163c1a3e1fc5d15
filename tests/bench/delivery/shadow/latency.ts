import type { BenchBundle } from '../../serving/bundle.ts';
import { load } from '../../serving/load.ts';
import { atMost, type Figure, medianOf, type Median, rounded } from '../figures.ts';
import { type Champion, startChampion } from './champion.ts';

/** It may add a hundredth. */
const MOST = 1.01;
/** For each of the two champions that take turns in being shadowed. */
const ROUNDS = 9;
const WARM_UP = { connections: 16, warmMs: 0, forMs: 3_000 };
/** Until the code of the thread that duplicates is compiled, which goes on beside the champion's own threads. */
const LONG_WARM_UP = { warmMs: 0, forMs: 15_000 };
/** Before a round with a shadow there was one without, and before that one the other's queue was emptied: the first second makes them alike. */
const ROUND = { warmMs: 1_000, forMs: 2_000 };

/** Without `thinkMs` one connection fills the champion's core. */
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
  /** Share of the core that the champion took, the thread that duplicates included. */
  busy: number;
  /** A second. */
  answered: number;
  compared: number;
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
  const both = [await inTurn(one, other, shape), await inTurn(other, one, shape)];
  const ratio = (of: keyof Round): Median => middleOf(both.map(({ without, shadowed }) => medianOf(shadowed.map((each, index) => each[of] / around(without, index, index + 1, of)))));
  const noise = both.map(({ without }) => medianOf(without.slice(1, -1).map((each, index) => each.p99 / around(without, index, index + 2, 'p99'))));
  const usual = (which: keyof Turns, of: keyof Round): number => medianOf(both.flatMap((turns) => turns[which].map((each) => each[of]))).median;
  return atMost(ratio('p99').median, MOST, {
    statistic: 'p99 with the shadow at 100% as a multiple of that without, median of the rounds',
    confidence95: ratio('p99').within,
    noise: middleOf(noise),
    p50Ratio: ratio('p50'),
    eventLoopCpuRatio: ratio('eventLoop'),
    p99Ms: { without: usual('without', 'p99'), shadowed: usual('shadowed', 'p99') },
    coreBusy: { without: usual('without', 'busy'), shadowed: usual('shadowed', 'busy') },
    perSecond: { answered: usual('shadowed', 'answered'), compared: usual('shadowed', 'compared') },
    rounds: 2 * ROUNDS,
  });
}

async function inTurn(shadowed: Champion, without: Champion, shape: Shape): Promise<Turns> {
  await shadowed.shadow(100);
  for (const { server } of [without, shadowed]) await load(server, { ...shape, ...LONG_WARM_UP });
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

async function round({ server, eventLoopSeconds, cpuSeconds, duplicates }: Champion, shape: Shape): Promise<Round> {
  const before = { eventLoop: eventLoopSeconds(), cpu: cpuSeconds(), compared: (await duplicates()).compared };
  const { latency, answered, errors, fallbacks, wrong, faults } = await load(server, { ...shape, ...ROUND });
  if (answered === 0 || errors + fallbacks + wrong > 0) throw new Error(`the champion answered wrongly: ${faults.join('; ')}`);
  const [seconds, perSecond] = [(ROUND.warmMs + ROUND.forMs) / 1000, answered / (ROUND.forMs / 1000)];
  return {
    p99: latency.p99,
    p50: latency.p50,
    eventLoop: ((eventLoopSeconds() - before.eventLoop) * 1e6) / (perSecond * seconds),
    busy: (cpuSeconds() - before.cpu) / seconds,
    answered: perSecond,
    compared: ((await duplicates()).compared - before.compared) / seconds,
  };
}

const around = (rounds: readonly Round[], before: number, after: number, of: keyof Round): number => (rounds[before]![of] + rounds[after]![of]) / 2;

/** The geometric mean of two medians, and that of their bounds: a little wider than 95% needs. */
function middleOf(medians: readonly Median[]): Median {
  const mean = (values: readonly number[]): number => rounded(Math.exp(values.reduce((total, value) => total + Math.log(value), 0) / values.length));
  return { median: mean(medians.map(({ median }) => median)), within: [mean(medians.map(({ within }) => within[0])), mean(medians.map(({ within }) => within[1]))] };
}
