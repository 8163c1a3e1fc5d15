import { CONNECTIONS, OPEN_CONNECTIONS, OVERLOAD_CONNECTIONS } from './args.ts';
import type { Plan } from './args.ts';
import type { BenchBundle } from './bundle.ts';
import { median, medians } from './figures.ts';
import type { Figures } from './figures.ts';
import { measureFloor } from './floor.ts';
import type { Floor } from './floor.ts';
import { measure } from './measure.ts';
import { progress } from './progress.ts';
import type { Contender, Server } from './servers.ts';

/** Share of the maximum at which latency is looked at, and the multiple of it that is an overload. */
const LOADED = 0.7;
const OVERLOADED = 2;
const BUSIEST = Math.max(...CONNECTIONS);
const ONLY_BUSIEST = new Set<string>(['fastapiAsync', 'naiveExpressDefaults'] satisfies Contender[]);

/** Who is there to be compared; FastAPI is absent where there is no Python. */
export type Contenders = Partial<Record<Contender, Server>> & { ours: Server };

/** Figures for one number of items, medians of the rounds. */
export interface Comparison {
  items: number;
  floor: Floor;
  /** Contender → connections → figures. */
  closed: Record<string, Record<string, Figures>>;
  /** Ours at 70% of its own maximum. */
  atOwn70: Figures;
  /** Ours and FastAPI at 70% of FastAPI's maximum; absent where there is no FastAPI. */
  atFastapi70?: { ours: Figures; fastapi: Figures } | undefined;
  /** Ours at twice its maximum. */
  overload: Figures;
  /** Requests a second of the open loops. */
  rates: { own70: number; fastapi70?: number; overload: number };
}

/** Round after round: every contender with every number of connections, then the bare loop. */
export async function compare(bundle: BenchBundle, contenders: Contenders, plan: Plan): Promise<Comparison> {
  const floors: Floor[] = [];
  const rounds: Record<string, Record<string, Figures[]>> = {};
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const connections of CONNECTIONS) {
      for (const [name, server] of Object.entries(contenders)) {
        if (connections !== BUSIEST && ONLY_BUSIEST.has(name)) continue;
        const figures = await measure(server, plan, { connections });
        ((rounds[name] ??= {})[connections] ??= []).push(figures);
        progress(`N = ${bundle.itemCount}, round ${round}, ${name}, ${connections} connections`, figures);
      }
    }
    floors.push(await measureFloor(bundle, plan));
  }
  const closed = mapValues(rounds, (perConnections) => mapValues(perConnections, medians));
  return { items: bundle.itemCount, floor: medianFloor(floors), closed, ...(await compareLoaded(bundle, contenders, plan, closed)) };
}

async function compareLoaded({ itemCount }: BenchBundle, { ours, fastapi }: Contenders, plan: Plan, closed: Comparison['closed']) {
  const maximum = (name: string) => closed[name]?.[BUSIEST]?.throughput ?? Number.NaN;
  const own70 = LOADED * maximum('ours');
  const fastapi70 = LOADED * maximum('fastapi');
  const overload = OVERLOADED * maximum('ours');
  const rounds: Record<'own70' | 'ours' | 'fastapi' | 'overload', Figures[]> = { own70: [], ours: [], fastapi: [], overload: [] };
  const run = async (key: keyof typeof rounds, server: Server, rate: number, connections: number) => {
    const figures = await measure(server, plan, { connections, rate });
    rounds[key].push(figures);
    progress(`N = ${itemCount}, open loop ${key}, ${Math.round(rate)}/s`, figures);
  };
  for (let round = 0; round < plan.rounds; round += 1) {
    await run('own70', ours, own70, OPEN_CONNECTIONS);
    if (fastapi !== undefined) {
      await run('ours', ours, fastapi70, OPEN_CONNECTIONS);
      await run('fastapi', fastapi, fastapi70, OPEN_CONNECTIONS);
    }
    await run('overload', ours, overload, OVERLOAD_CONNECTIONS);
  }
  return {
    atOwn70: medians(rounds.own70),
    ...(fastapi && { atFastapi70: { ours: medians(rounds.ours), fastapi: medians(rounds.fastapi) } }),
    overload: medians(rounds.overload),
    rates: { own70, overload, ...(fastapi && { fastapi70 }) },
  };
}

function medianFloor(floors: readonly Floor[]): Floor {
  const [first = {}] = floors;
  return Object.fromEntries(Object.keys(first).map((batch) => [batch, median(floors.map((floor) => floor[batch]!))!]));
}

function mapValues<In, Out>(values: Record<string, In>, map: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}
