import type { BenchBundle } from '../../serving/bundle.ts';
import { load } from '../../serving/load.ts';
import { atMost, type Figure, medianOf, type Ratio, ratioOf, rounded } from '../figures.ts';
import { type Champion, startChampion } from './champion.ts';

/** It may add a hundredth. */
const MOST = 1.01;
/** For each of the two champions that take turns in being shadowed. */
const ROUNDS = 14;
const WARM_UP = { connections: 16, warmMs: 0, forMs: 3_000 };
/** Until the code of the thread that duplicates is compiled, which goes on beside the champion's own threads. */
const LONG_WARM_UP = { warmMs: 0, forMs: 15_000 };
/** Whoever is measured stood still before: its caches are cold, and its queue is still what it was. */
const ROUND = { warmMs: 500, forMs: 4_000 };

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
  failed: number;
}

/** Rounds in the order in which they were run: one without a shadow, one with it, and so on. */
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
 * are loaded in turn, while the other one stands still. Then the other one is shadowed: by how much one process is faster than the
 * other by itself falls out of the geometric mean of both. The same arithmetic over rounds without a shadow alone, every second one
 * against those between them, tells how much is noise of the machine.
 */
export async function measureShadowLatency([one, other]: [Champion, Champion], shape: Shape): Promise<Figure> {
  const both = [await inTurn(one, other, shape), await inTurn(other, one, shape)];
  const ratio = (of: keyof Round): Ratio => middleOf(both.map(({ without, shadowed }) => ratioOf(shadowed.map((each) => each[of]), without.map((each) => each[of]))));
  const noise = both.map(({ without }) => ratioOf(...everySecond(without.map(({ p99 }) => p99))));
  const usual = (which: keyof Turns, of: keyof Round): number => medianOf(both.flatMap((turns) => turns[which].map((each) => each[of])));
  return atMost(ratio('p99').ratio, MOST, {
    statistic: 'p99 with the shadow at 100% as a multiple of that without, by Hodges and Lehmann over the rounds',
    confidence95: ratio('p99').within,
    noise: middleOf(noise),
    p50Ratio: ratio('p50'),
    eventLoopCpuRatio: ratio('eventLoop'),
    p99Ms: { without: usual('without', 'p99'), shadowed: usual('shadowed', 'p99') },
    coreBusy: { without: usual('without', 'busy'), shadowed: usual('shadowed', 'busy') },
    perSecond: { answered: usual('shadowed', 'answered'), compared: usual('shadowed', 'compared'), failed: usual('shadowed', 'failed') },
    rounds: 2 * ROUNDS,
  });
}

const everySecond = (values: readonly number[]): [number[], number[]] => [values.filter((_, index) => index % 2 === 1), values.filter((_, index) => index % 2 === 0)];

async function inTurn(shadowed: Champion, without: Champion, shape: Shape): Promise<Turns> {
  await shadowed.shadow(100);
  for (const { server } of [without, shadowed]) await load(server, { ...shape, ...LONG_WARM_UP });
  const turns: Turns = { without: [], shadowed: [] };
  for (let count = 0; count < ROUNDS; count += 1) {
    turns.without.push(await shadowed.aside(() => round(without, shape)));
    turns.shadowed.push(await without.aside(() => round(shadowed, shape)));
  }
  await shadowed.shadow(0);
  return turns;
}

async function round({ server, eventLoopSeconds, cpuSeconds, duplicates }: Champion, shape: Shape): Promise<Round> {
  const before = { at: performance.now(), eventLoop: eventLoopSeconds(), cpu: cpuSeconds(), duplicates: await duplicates() };
  const { latency, answered, errors, fallbacks, wrong, faults } = await load(server, { ...shape, ...ROUND });
  if (answered === 0 || errors + fallbacks + wrong > 0) throw new Error(`the champion answered wrongly: ${faults.join('; ')}`);
  const perSecond = answered / (ROUND.forMs / 1000);
  const loaded = (ROUND.warmMs + ROUND.forMs) / 1000;
  // Duplicates are also sent while who loads it starts.
  const [seconds, after] = [(performance.now() - before.at) / 1000, await duplicates()];
  return {
    p99: latency.p99,
    p50: latency.p50,
    eventLoop: ((eventLoopSeconds() - before.eventLoop) * 1e6) / (perSecond * loaded),
    busy: (cpuSeconds() - before.cpu) / loaded,
    answered: perSecond,
    compared: (after.compared - before.duplicates.compared) / seconds,
    failed: (after.failed - before.duplicates.failed) / seconds,
  };
}

/** The geometric mean of two ratios, and that of their bounds: a little wider than 95% needs. */
function middleOf(ratios: readonly Ratio[]): Ratio {
  const mean = (values: readonly number[]): number => rounded(Math.exp(values.reduce((total, value) => total + Math.log(value), 0) / values.length));
  return { ratio: mean(ratios.map(({ ratio }) => ratio)), within: [mean(ratios.map(({ within }) => within[0])), mean(ratios.map(({ within }) => within[1]))] };
}
