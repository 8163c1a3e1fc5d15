import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../tools/testenv/until.ts';
import { release } from '../../operator/testing/builders.ts';
import { play } from './cast.ts';
import { freePort } from './processes.ts';
import { NAMESPACE, openStage } from './stage.ts';

jest.setTimeout(60_000);

const { stage } = await openStage();
let port: number;

beforeAll(async () => {
  port = await freePort();
  stage.startOperator({ PROBE_PORT: String(port) });
});

const shown = async () => (await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text()).split('\n').filter((line) => line.startsWith('recommender_rollout_'));

describe('the metrics of a model', () => {
  it('come with its first version, and go when it is deleted', async () => {
    const wish = { apiVersion: 'recommender.dev/v1alpha1', kind: 'RecommenderModel', metadata: { name: 'books', namespace: NAMESPACE }, spec: { release: release('1.0.0') } };
    await stage.apply(wish);
    const labels = `namespace="${NAMESPACE}",name="books",version="1.0.0"`;
    await until('it is being validated', async () => (await stage.get('RecommenderModel', 'books'))?.['status'] !== undefined);
    await until('its phase is shown', async () => (await shown().catch((): string[] => [])).includes(`recommender_rollout_phase{${labels},phase="Validating"} 1`));
    await play(stage, 'books').reportValidation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' });
    await until('what was decided is counted', async () => (await shown()).includes(`recommender_rollout_decisions_total{${labels},rule="ValidationPassed"} 1`));
    await stage.remove('RecommenderModel', 'books');
    await until('nothing is shown of it', async () => (await shown()).every((line) => !line.includes('name="books"')));
    expect(await shown()).toEqual([]);
  });
});
