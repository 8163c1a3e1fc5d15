import type { LoadResult } from './load/job.ts';

/** One measurement of one server: times in ms, rates a second. */
export interface Figures {
  throughput: number;
  /** Good answers for a second of the server's CPU time: what a wholly busy core would give. */
  perCpuSecond: number;
  p50: number;
  p99: number;
  answered: number;
  refused: number;
  refusalP99: number;
  refusalMax: number;
  fallbacks: number;
  errors: number;
  wrong: number;
  generatorBusy: number;
  /** Open loop: requests sent later than they were due, ms. */
  latenessP99: number;
  /** Ours only, as the server itself reports it; absent where it was not asked. */
  eventLoopLagP99?: number | undefined;
  faults: string[];
}

/** @param cpuSeconds the server's, over all of the measurement; @param share of it that was counted */
export function figuresOf(result: LoadResult, cpuSeconds: number, share: number, eventLoopLagP99?: number): Figures {
  const { throughput, answered, refused, fallbacks, errors, wrong, generatorBusy, faults } = result;
  return {
    throughput,
    perCpuSecond: (throughput * result.seconds) / (cpuSeconds * share),
    p50: result.latency.p50,
    p99: result.latency.p99,
    answered,
    refused,
    refusalP99: result.refusal.p99,
    refusalMax: result.refusal.max,
    fallbacks,
    errors,
    wrong,
    generatorBusy,
    latenessP99: result.lateness.p99,
    eventLoopLagP99,
    faults,
  };
}

const SUMS = new Set<keyof Figures>(['answered', 'refused', 'fallbacks', 'errors', 'wrong']);

/** The median of every figure over the rounds; what is counted is added up. @throws Error for no rounds */
export function medians(rounds: readonly Figures[]): Figures {
  const [first] = rounds;
  if (first === undefined) throw new Error('no rounds were measured');
  const summary: Record<string, unknown> = { faults: rounds.flatMap(({ faults }) => faults).slice(0, 5) };
  for (const key of Object.keys(first) as (keyof Figures)[]) {
    const values = rounds.map((round) => round[key]).filter((value) => typeof value === 'number');
    if (key !== 'faults') summary[key] = SUMS.has(key) ? values.reduce((sum, value) => sum + value, 0) : median(values);
  }
  return summary as unknown as Figures;
}

/** The middle value, or the mean of the two in the middle; undefined of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Faults of a measurement make it worthless, whatever its figures. */
export function faultsOf({ errors, wrong, fallbacks, faults }: Figures): string | undefined {
  if (errors + wrong + fallbacks === 0) return undefined;
  return `${errors} errors, ${wrong} wrong answers, ${fallbacks} fallbacks${faults.length > 0 ? `: ${faults.join('; ')}` : ''}`;
}
