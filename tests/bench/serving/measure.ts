import { METRICS } from '../../../serving/contract/metrics.ts';
import { figuresOf } from './figures.ts';
import type { Figures } from './figures.ts';
import { load } from './load.ts';
import type { Plan } from './args.ts';
import type { Server } from './servers.ts';

/** Asks for one measurement: a closed loop, or an open one at `rate` requests a second. */
export interface LoadOptions {
  connections: number;
  rate?: number;
}

/** Loads one server for as long as the plan says; ours is asked for the lag of its event loop meanwhile. */
export async function measure(server: Server, plan: Pick<Plan, 'warmMs' | 'forMs'>, options: LoadOptions): Promise<Figures> {
  const { warmMs, forMs } = plan;
  // Reading the metric starts it anew.
  if (server.name === 'ours') await eventLoopLagP99(server);
  const cpu = server.cpuSeconds();
  const result = await load(server, { ...options, warmMs, forMs });
  const cpuSeconds = server.cpuSeconds() - cpu;
  const lag = server.name === 'ours' ? await eventLoopLagP99(server) : undefined;
  return figuresOf(result, cpuSeconds, forMs / (warmMs + forMs), lag);
}

/** What the server reports of itself, ms; undefined when it reports nothing. */
async function eventLoopLagP99({ port }: Server): Promise<number | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const line = text.split('\n').find((row) => row.startsWith(METRICS.eventLoopLag.name) && row.includes('quantile="0.99"'));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1)) * 1000;
}
