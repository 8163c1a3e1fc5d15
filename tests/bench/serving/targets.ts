import type { Comparison } from './compare.ts';
import { bestBatch } from './floor.ts';
import type { Forwarding } from './forwarding.ts';
import type { MemoryFigures } from './memory.ts';

/** Everything one run has measured. */
export interface Measured {
  comparisons: Comparison[];
  forwarding: Forwarding;
  memory: MemoryFigures;
}

/** Throughput at the busiest as a multiple of everyone else's: the targets' and the others'. */
export function ratiosOf({ closed }: Comparison): Record<string, number> {
  const own = closed['ours']?.[BUSIEST]?.throughput ?? Number.NaN;
  return Object.fromEntries(Object.entries(closed).map(([name, figures]) => [name, own / (figures[BUSIEST]?.throughput ?? Number.NaN)]));
}

/** One promise and what came of it; `value` and `pass` are null when it could not be measured. */
export interface Target {
  name: string;
  value: number | null;
  atLeast?: number;
  atMost?: number;
  pass: boolean | null;
}

const BUSIEST = '64';
/** Items → least multiple of the naive Express server's throughput. */
const TIMES_EXPRESS: Record<number, number> = { 10_000: 3, 100_000: 4 };
const TIMES_FASTAPI = 5;

export function targetsOf({ comparisons, forwarding, memory }: Measured): Target[] {
  const { without, atZero, atTen } = forwarding;
  return [
    ...comparisons.flatMap(targetsOfSize),
    atLeast('throughput with a carrier at weight 0, share of that without', ratio(atZero.throughput, without.throughput), 0.98),
    atLeast('throughput with 10% forwarded, share of that without', ratio(atTen.throughput, without.throughput), 0.95),
    atMost(`memory after ${memory.requests[1]} requests, multiple of that after ${memory.requests[0]}`, ratio(memory.last, memory.first), 1.1),
  ];
}

function targetsOfSize({ items, closed, atOwn70, atFastapi70, overload, floor }: Comparison): Target[] {
  const at = (name: string, connections: string) => closed[name]?.[connections];
  const maximum = at('ours', BUSIEST)?.throughput;
  const httpFloor = at('noopExpress', BUSIEST)?.throughput ?? Number.NaN;
  // Answers a second of one core that does nothing but the least of HTTP and the least of inference.
  const ceiling = 1e6 / (1e6 / httpFloor + bestBatch(floor).microseconds);
  const named = (name: string) => `N = ${items}: ${name}`;
  return [
    atLeast(named('throughput, multiple of FastAPI'), ratio(maximum, at('fastapi', BUSIEST)?.throughput), TIMES_FASTAPI),
    atLeast(named('throughput, multiple of naive Express'), ratio(maximum, at('naiveExpress', BUSIEST)?.throughput), TIMES_EXPRESS[items] ?? 3),
    atLeast(named('throughput, share of the one-core ceiling'), ratio(maximum, ceiling), 0.8),
    atMost(named('one connection: p50, multiple of naive Express'), ratio(at('ours', '1')?.p50, at('naiveExpress', '1')?.p50), 1),
    atMost(named('one connection: p99, multiple of FastAPI'), ratio(at('ours', '1')?.p99, at('fastapi', '1')?.p99), 1),
    atMost(named("at 70% of FastAPI's maximum: p99, multiple of FastAPI"), ratio(atFastapi70?.ours.p99, atFastapi70?.fastapi.p99), 1),
    atMost(named('at 70% of the own maximum: p99, multiple of p50'), ratio(atOwn70.p99, atOwn70.p50), 5),
    atMost(named('event-loop lag p99 at 70% of the own maximum, ms'), atOwn70.eventLoopLagP99, 5),
    atMost(named('event-loop lag p99 at 64 connections, ms'), at('ours', BUSIEST)?.eventLoopLagP99, 5),
    atLeast(named('overload: goodput, share of the maximum'), ratio(overload.throughput, maximum), 0.95),
    atMost(named('overload: slowest refusal, ms'), overload.refused > 0 ? overload.refusalMax : undefined, 10),
  ];
}

function atLeast(name: string, value: number | undefined, limit: number): Target {
  return { name, value: value ?? null, atLeast: limit, pass: value === undefined ? null : value >= limit };
}

function atMost(name: string, value: number | undefined, limit: number): Target {
  return { name, value: value ?? null, atMost: limit, pass: value === undefined ? null : value <= limit };
}

function ratio(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined ? undefined : value / base;
}
