import type { Plan } from './args.ts';
import type { BenchBundle } from './bundle.ts';
import { load } from './load.ts';
import { startOurs } from './servers.ts';

const CONNECTIONS = 64;
/**
 * What Node takes for its heap from the memory limit of a pod, 512Mi in the examples: half of it. On a machine of many
 * gigabytes it would let garbage lie, and the figure would say nothing of a pod.
 */
const HEAP_OF_A_POD = { NODE_OPTIONS: '--max-old-space-size=256' };

/** Resident memory of our server, bytes, after so many requests. */
export interface MemoryFigures {
  requests: [number, number];
  first: number;
  last: number;
  errors: number;
}

/** Sends a fresh server a few requests, then very many, and reads its memory both times. */
export async function measureMemory(bundle: BenchBundle, { memoryRequests }: Plan): Promise<MemoryFigures> {
  const server = await startOurs(bundle, HEAP_OF_A_POD);
  const [few, many] = memoryRequests;
  const send = (requests: number) => load(server, { connections: CONNECTIONS, warmMs: 0, forMs: 0, requests });
  const start = await send(few);
  const first = server.rss();
  const rest = await send(many - few);
  const last = server.rss();
  await server.end();
  return { requests: memoryRequests, first, last, errors: start.errors + rest.errors + start.fallbacks + rest.fallbacks };
}
