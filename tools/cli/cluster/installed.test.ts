import { describe, expect, it } from '@jest/globals';
import type { Api } from './api.ts';
import { operator } from './installed.ts';

const deployment = (namespace: string, watches: string) => ({
  metadata: { namespace, name: 'recommender-operator' },
  spec: { template: { spec: { containers: [{ image: 'operator:1', env: [{ name: 'WATCH_NAMESPACE', value: watches }] }] } } },
  status: { readyReplicas: 2 },
});
const held = { metadata: { name: 'recommender-operator' }, spec: { holderIdentity: 'pod', renewTime: new Date().toISOString(), leaseDurationSeconds: 15 } };

/** A cluster with these installations. */
function cluster(...items: ReturnType<typeof deployment>[]): Api {
  const send = ({ path }: { path: string }) => Promise.resolve({ items: path.endsWith('/leases') ? [held] : items });
  return { client: { send }, namespace: 'shop' } as unknown as Api;
}

const found = async (...items: ReturnType<typeof deployment>[]) => (await operator(cluster(...items))).map(({ what, result }) => `${what}: ${result}`);

describe('the doctor, of installations of the operator', () => {
  it('has a line for each, and one for its Lease', async () => {
    expect(await found(deployment('ops', ''))).toEqual(['operator: Ok', 'operator lease: Ok']);
    expect(await found(deployment('a', 'shop'), deployment('b', 'staging'))).toEqual(['operator: Ok', 'operator: Ok', 'operator lease: Ok', 'operator lease: Ok']);
  });

  it.each([
    ['', '', 'all namespaces'],
    ['', 'shop', 'shop'],
    ['shop', 'shop', 'shop'],
  ])('names two that watch the same models ("%s" and "%s")', async (one, other, both) => {
    const checks = await operator(cluster(deployment('a', one), deployment('b', other)));
    expect(checks.at(-1)).toMatchObject({ what: 'operators', result: 'Advice', message: expect.stringContaining(`a/recommender-operator and b/recommender-operator both watch ${both}: `) });
  });
});
