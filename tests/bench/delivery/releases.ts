import type { KubernetesObject } from '../../../operator/api/objects.ts';
import type { Cluster } from '../../../tools/scene/cluster.ts';
import type { Shop } from '../../../tools/scene/shop.ts';
import { until } from '../../../tools/scene/until.ts';
import { endOfLog, writesSince } from './audit.ts';
import { type Prober, startProber } from './prober.ts';
import { appliedWeights, delays } from './weights.ts';

export interface Released {
  /** Milliseconds, one number for each weight. */
  weights: number[];
  /** Milliseconds, one number for each rollback. */
  rollbacks: number[];
  requests: number;
  failures: string[];
}

const SPEC = {
  delivery: { canary: { steps: [10, 20, 30, 40, 50].map((weight) => ({ weight, hold: '1s' })) }, after: { watchFor: '0s', keepPrevious: '1h' }, progressDeadline: '5m' },
  analysis: { interval: '1s', window: '10s', minRequests: 5, guardrails: { averageLatency: '2s', p99Latency: '5s' } },
};
const PROBES_PER_SECOND = 40;
const PATIENCE_MS = 180_000;

/** A first version, then each of the others promoted step by step and rolled back to the first, while users ask. */
export async function measureReleases(cluster: Cluster, shop: Shop, versions: readonly string[]): Promise<Released> {
  const first = '1.0.0';
  await shop.wish(first, SPEC);
  await untilServes(shop, first);
  const service = (await cluster.get('Service', { namespace: shop.namespace, name: 'books' })) as KubernetesObject & { spec: { clusterIP: string } };
  const prober = startProber(`http://${service.spec.clusterIP}`, PROBES_PER_SECOND);
  try {
    const weights: number[] = [];
    const rollbacks: number[] = [];
    for (const version of versions) {
      weights.push(...(await release(cluster, shop, version)));
      rollbacks.push(await rollback(shop, prober, { from: version, to: first }));
    }
    return { weights, rollbacks, requests: prober.requests(), failures: prober.failures };
  } finally {
    await prober.stop();
  }
}

const untilServes = (shop: Shop, version: string) =>
  until(`${version} serves everyone`, async () => (await shop.model())?.status?.message?.includes(`${version} serves everyone`), PATIENCE_MS);

async function release(cluster: Cluster, shop: Shop, version: string): Promise<number[]> {
  const from = endOfLog();
  await shop.wish(version, SPEC);
  await until(`${version} is promoted`, async () => (await shop.model())?.status?.champion?.version === version, PATIENCE_MS);
  // The pods of the champion before are kept, and their logs with them.
  return delays(writesSince(from), await appliedWeights(cluster, shop.namespace, version), version);
}

/** From the command to the last answer of the version that was left. */
async function rollback(shop: Shop, prober: Prober, { from, to }: { from: string; to: string }): Promise<number> {
  await until(`users are on ${from}`, () => prober.lastOther(from).since > PROBES_PER_SECOND, PATIENCE_MS);
  const asked = Date.now();
  await shop.wish(from, SPEC, { annotations: { 'recommender.dev/rollback': `${to} from-${from} measured` } });
  await until(`users are back on ${to}`, () => prober.lastOther(to).since > 3 * PROBES_PER_SECOND, PATIENCE_MS);
  const took = prober.lastOther(to).at - asked;
  await untilServes(shop, to);
  return took;
}
