import type { KubernetesObject } from '../../../operator/api/objects.ts';
import type { Cluster } from '../../../tools/testenv/cluster.ts';
import { recommender } from '../../../tools/testenv/recommender.ts';
import type { Environment } from '../../../tools/testenv/environment.ts';
import { until } from '../../../tools/testenv/until.ts';
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

const FIRST = '1.0.0';
const MANY = Array.from({ length: 12 }, (_, index) => 10 + 6 * index);
/** Each is released and rolled back, the later ones for the second time. */
const RELEASES = [
  { version: '2.0.0', weights: MANY, again: false },
  { version: '2.1.0', weights: MANY, again: false },
  { version: '2.0.0', weights: [20], again: true },
  { version: '2.1.0', weights: [20], again: true },
];
const PROBES_PER_SECOND = 40;
const PATIENCE_MS = 180_000;

/** Every version but the first promoted step by step and rolled back by the command, while users ask. */
export async function measureReleases(cluster: Cluster, environment: Environment): Promise<Released> {
  await environment.apply(FIRST, specOf(MANY));
  await untilServes(environment, FIRST);
  const service = (await cluster.get('Service', { namespace: environment.namespace, name: 'books' })) as KubernetesObject & { spec: { clusterIP: string } };
  const prober = startProber(`http://${service.spec.clusterIP}`, PROBES_PER_SECOND);
  const say = async (...args: string[]): Promise<void> => void (await recommender(cluster, [...args, '--namespace', environment.namespace]));
  try {
    const weights: number[] = [];
    const rollbacks: number[] = [];
    for (const { version, weights: steps, again } of RELEASES) {
      const from = endOfLog();
      await environment.apply(version, specOf(steps));
      if (again) await say('retry', 'books', '--version', version, '--reason', 'measured');
      await until(`${version} is promoted`, async () => (await environment.model())?.status?.champion?.version === version, PATIENCE_MS);
      weights.push(...delays(writesSince(from), await appliedWeights(cluster, environment.namespace, { champion: FIRST, candidate: version })));
      rollbacks.push(await rollback(environment, prober, version, () => say('rollback', 'books', '--to', FIRST, '--reason', 'measured')));
    }
    return { weights, rollbacks, requests: prober.requests(), failures: prober.failures };
  } finally {
    await prober.stop();
  }
}

/** The stack of the champion before is kept, and its pods' logs with it. */
const specOf = (weights: readonly number[]) => ({
  delivery: { canary: { steps: weights.map((weight) => ({ weight, hold: '1s' })) }, after: { watchFor: '0s', keepPrevious: '1h' }, progressDeadline: '5m' },
  analysis: { interval: '1s', window: '10s', minRequests: 5, guardrails: { averageLatency: '2s', p99Latency: '5s' } },
});

const untilServes = (environment: Environment, version: string) =>
  until(`${version} serves everyone`, async () => {
    const { champion, phase } = (await environment.model())?.status ?? {};
    return champion?.version === version && (phase === 'Healthy' || phase === 'RolledBack');
  }, PATIENCE_MS);

/** From the moment at which the command is entered to the last answer of the version that is left. Milliseconds. */
async function rollback(environment: Environment, prober: Prober, from: string, enter: () => Promise<void>): Promise<number> {
  const isQuiet = (version: string, forSeconds: number): boolean => prober.lastOther(version).since > forSeconds * PROBES_PER_SECOND;
  await until(`users are on ${from}`, () => isQuiet(from, 1), PATIENCE_MS);
  const entered = Date.now();
  await enter();
  await until(`users are back on ${FIRST}`, () => isQuiet(FIRST, 3), PATIENCE_MS);
  await untilServes(environment, FIRST);
  return prober.lastOther(FIRST).at - entered;
}
