import { cpSync, rmSync } from 'node:fs';
import type { E2E } from './e2e.ts';
import { storedBundle } from './shared.ts';

/**
 * Two champions that are lost for good: their bundles are removed from the store, and their pods are deleted. The next version takes
 * the place of the first by itself, and that of the second by a manual action. Nobody is served meanwhile, so there are no users.
 */
export async function loseChampions(e2e: E2E) {
  await release(e2e, '1.0.0');
  const first = await lose(e2e, '1.0.0');
  const { code } = await e2e.recommender('status', 'books');
  await release(e2e, '2.0.0');
  const second = await lose(e2e, '2.0.0');
  await e2e.apply('2.1.0', { delivery: { strategy: 'Shadow', outage: 'Wait' } });
  await e2e.untilStatus('the next one is validated', ({ message = '' }) => message.includes('To let 2.1.0 take over now'));
  const promotion = await e2e.recommender('promote', 'books', '--reason', 'the shop is down');
  await e2e.untilServing('2.1.0');
  return { first, code, second, promotion, decisions: [...(await e2e.decisions('2.1.0')), ...(await e2e.decisions('2.0.0'))] };
}

const copyOf = (version: string): string => `lost-${version}`;

/** Of a copy of its bundle that nobody else needs. The champion is given up a while after it was lost. */
async function release(e2e: E2E, version: string): Promise<void> {
  const { uri, ...rest } = e2e.release(version);
  cpSync(await storedBundle(e2e.cluster, version), await storedBundle(e2e.cluster, copyOf(version)), { recursive: true });
  await e2e.apply(version, { release: { ...rest, uri: uri.replace(`/${version}/`, `/${copyOf(version)}/`) }, delivery: { progressDeadline: '40s' } });
}

/** @returns what the status says once it is known why the pods do not start */
async function lose(e2e: E2E, version: string) {
  await e2e.untilServing(version);
  rmSync(await storedBundle(e2e.cluster, copyOf(version)), { recursive: true });
  await e2e.cluster.kubectl(['delete', 'pod', '--namespace', e2e.namespace, '--selector', 'app.kubernetes.io/component=serving', '--now']);
  return e2e.untilStatus(`nobody is served by ${version}`, ({ message = '' }) => /^Nobody is served: .*\(container fetch: .*404/.test(message));
}
