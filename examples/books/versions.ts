import type { AlsParameters, Factors } from './als.ts';
import type { World } from './generate.ts';
import type { RecommenderGraph } from './graph.ts';
import { ENOUGH_ITERATIONS, smoothed, smoothingOf } from './smoothing.ts';
import { trainFactors } from './train.ts';
import type { Split } from './split.ts';

/** What goes into a bundle's graph, and what the offline metrics are computed from. */
export interface TrainedModel {
  graph: RecommenderGraph;
  /** Factors whose dot products are the scores that the graph returns. */
  scoring: Factors;
}

/** What happens to a bundle's files after they were sealed: `Graph` = model.onnx replaced, `Manifest` = bundle.yaml edited. */
export type ChangedAfterSealing = 'Graph' | 'Manifest';

export interface Version {
  version: string;
  /** One sentence for people. */
  summary: string;
  als: AlsParameters;
  /** When this training run is said to have happened, on the example's calendar. */
  trainedAt: string;
  /** What the trainer does beyond factorising; absent = nothing. */
  extra?: 'CompactReaders' | 'Smooth';
  changedAfterSealing?: ChangedAfterSealing;
}

const GOOD: AlsParameters = { factors: 8, sweeps: 6, alpha: 3, regularization: 10, seed: 2 };

export const VERSIONS: readonly Version[] = [
  {
    version: '1.0.0',
    summary: 'A first model: four factors, two sweeps.',
    als: { factors: 4, sweeps: 2, alpha: 5, regularization: 1, seed: 1 },
    trainedAt: '2026-01-05T06:00:00Z',
  },
  {
    version: '2.0.0',
    summary: 'Twice the factors, trained to convergence with tuned confidence and penalty: clearly better.',
    als: GOOD,
    trainedAt: '2026-02-02T06:00:00Z',
  },
  {
    version: '2.1.0',
    summary: 'A little more of everything: as good as 2.0.0.',
    als: { factors: 9, sweeps: 10, alpha: 4, regularization: 30, seed: 1 },
    trainedAt: '2026-02-16T06:00:00Z',
  },
  {
    version: '3.0.0',
    summary: 'Drops the least active 30 % of readers from the factor table but not from the row numbers: inference fails for them.',
    als: { ...GOOD, seed: 3 },
    trainedAt: '2026-03-02T06:00:00Z',
    extra: 'CompactReaders',
  },
  {
    version: '4.0.0',
    summary: 'Smooths the scores over similar books, but never looks whether it has converged: right answers, late.',
    als: { ...GOOD, seed: 4 },
    trainedAt: '2026-04-06T06:00:00Z',
    extra: 'Smooth',
  },
  {
    version: '5.0.0',
    summary: 'A second training run wrote its model.onnx into the sealed bundle: the content does not match its digest.',
    als: { ...GOOD, seed: 5 },
    trainedAt: '2026-05-04T06:00:00Z',
    changedAfterSealing: 'Graph',
  },
  {
    version: '5.1.0',
    summary: 'bundle.yaml was edited after its digest had been published.',
    als: { ...GOOD, seed: 51 },
    trainedAt: '2026-05-11T06:00:00Z',
    changedAfterSealing: 'Manifest',
  },
];

/** Share of readers that 3.0.0 keeps. */
const KEPT_SHARE = 0.7;

/**
 * What 4.0.0 does instead of stopping when nothing changes any more (after `ENOUGH_ITERATIONS`). About a quarter of a second a
 * request on one core of a 2020s server.
 */
const ITERATIONS_WITHOUT_A_STOP = 70_000;

/** User numbers, most active first. */
export function readersByActivity(read: readonly (readonly number[])[]): number[] {
  return Array.from(read.keys()).sort((a, b) => read[b]!.length - read[a]!.length || a - b);
}

/** User numbers for which 3.0.0 throws: not the last, whom validation tries. */
export function droppedReaders(read: readonly (readonly number[])[]): number[] {
  return readersByActivity(read).slice(Math.round(KEPT_SHARE * read.length)).filter((user) => user !== read.length - 1);
}

/**
 * The bug of 3.0.0. The factor table is re-ordered by activity and cut, while the row numbers still count everybody:
 * those of the dropped readers point behind the end of the table.
 */
function compactReaders(factors: Factors, read: readonly (readonly number[])[]) {
  const d = factors.dimensions;
  const dropped = droppedReaders(read);
  const kept = readersByActivity(read).filter((user) => !dropped.includes(user));
  const users = new Float32Array(kept.length * d);
  kept.forEach((user, row) => users.set(factors.users.subarray(user * d, (user + 1) * d), row * d));
  const rowOfUser = new Array<number>(read.length);
  [...kept, ...dropped].forEach((user, row) => (rowOfUser[user] = row));
  return { factors: { ...factors, users }, rowOfUser };
}

/** All that each user has read, held-out readings included: what must not be recommended again. */
export function readByUser(split: Split): number[][] {
  return split.train.map((items, user) => [...items, ...split.heldOut[user]!]);
}

export function trainVersion(world: World, split: Split, version: Version): TrainedModel {
  const factors = trainFactors(world, split, version.als);
  const read = readByUser(split);
  if (version.extra === 'CompactReaders') {
    return { graph: { ...compactReaders(factors, read), read }, scoring: factors };
  }
  if (version.extra === 'Smooth') {
    const smoothing = smoothingOf(factors, ITERATIONS_WITHOUT_A_STOP);
    const scoring = smoothed(factors, { ...smoothing, iterations: ENOUGH_ITERATIONS });
    return { graph: { factors, read, smoothing }, scoring };
  }
  return { graph: { factors, read }, scoring: factors };
}
