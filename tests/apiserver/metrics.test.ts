import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../tools/testenv/until.ts';
import { release } from '../../operator/testing/builders.ts';
import { fakeControllers } from './fakeControllers.ts';
import { freePort } from '../../tools/testenv/ports.ts';
import { NAMESPACE, openEnv } from './env.ts';

jest.setTimeout(60_000);

const { env } = await openEnv();
let port: number;

beforeAll(async () => {
  port = await freePort();
  env.startOperator({ PROBE_PORT: String(port) });
});

const shown = async () => (await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text()).split('\n').filter((line) => line.startsWith('recommender_rollout_'));

describe('the metrics of a model', () => {
  it('come with its first version, and go when it is deleted', async () => {
    const desired = { apiVersion: 'recommender.dev/v1alpha1', kind: 'RecommenderModel', metadata: { name: 'books', namespace: NAMESPACE }, spec: { release: release('1.0.0') } };
    await env.apply(desired);
    const labels = `namespace="${NAMESPACE}",name="books",version="1.0.0"`;
    await until('its phase is shown', async () => (await shown().catch((): string[] => [])).includes(`recommender_rollout_phase{${labels},phase="Validating"} 1`));
    await fakeControllers(env, 'books').reportValidation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' });
    await until('what was decided is counted', async () => (await shown()).includes(`recommender_rollout_decisions_total{${labels},rule="ValidationPassed"} 1`));
    await env.remove('RecommenderModel', 'books');
    await until('nothing is shown of it', async () => (await shown()).every((line) => !line.includes('name="books"')));
    expect(await shown()).toEqual([]);
  });
});
