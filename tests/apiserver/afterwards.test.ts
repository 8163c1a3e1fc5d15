import { describe, expect, it, jest } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import { KINDS } from '../../operator/api/kinds.ts';
import { LABELS, MANAGER } from '../../operator/api/names.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { collectionPath } from '../../operator/kube/paths.ts';
import { until } from '../../tools/testenv/until.ts';
import { release } from '../../operator/testing/builders.ts';
import { fakeControllers } from './fakeControllers.ts';
import { NAMESPACE, openEnv } from './env.ts';

/** What comes after a promotion, with the whole operator on a real API server: the watch, and what is forgotten of old versions. */

jest.setTimeout(90_000);

const PASSED = { result: 'Passed', reason: 'Valid', message: 'fine' } as const;

const { env } = await openEnv();
const controllers = fakeControllers(env, 'books');
env.startOperator();

const applyRelease = (version: string, registry: object = {}) =>
  env.apply({
    apiVersion: 'recommender.dev/v1alpha1',
    kind: 'RecommenderModel',
    metadata: { name: 'books', namespace: NAMESPACE },
    spec: { release: release(version), serving: { replicas: { min: 2, max: 2 } }, delivery: { after: { watchFor: '1h' } }, registry },
  });

const version = async (number: string) => (await env.get('ModelVersion', `books-${number}`)) as ModelVersion | undefined;
const untilStage = (number: string, wanted: string) => until(`${number} is ${wanted}`, async () => (await version(number))?.status?.stage === wanted);
const untilRuns = (number: string) =>
  until(`${number} runs`, async () => ((await env.get('Rollout', 'books')) as Rollout | undefined)?.spec.template.metadata?.annotations?.['recommender.dev/version'] === number);
const list = async (kind: 'AnalysisRun' | 'ModelVersion') =>
  ((await env.client.send({ method: 'GET', path: collectionPath(KINDS[kind], NAMESPACE) })) as { items: (KubernetesObject & { spec: { metrics: { name: string }[] } })[] }).items;

async function serve(number: string, hash: string): Promise<void> {
  await controllers.reportValidation(number, PASSED);
  await untilRuns(number);
  await controllers.settle(hash);
  await untilStage(number, 'Champion');
}

describe('the watch over a champion', () => {
  it('is a run of its own for each promotion; its first violation brings the champion before back', async () => {
    await applyRelease('1.0.0');
    await serve('1.0.0', 'one');
    await applyRelease('2.0.0');
    await serve('2.0.0', 'two');
    const since = Date.parse((await version('2.0.0'))?.status?.championSince ?? '') / 1000;
    const name = `books-watch-${String(since)}`;
    const run = await until('the watch', async () => (await list('AnalysisRun')).find(({ metadata }) => metadata.name === name));
    expect(run.spec.metrics.map((each) => each.name)).toEqual(expect.arrayContaining(['error-rate', 'error-rate-ratio', 'p99-latency-ratio']));
    expect((await list('AnalysisRun')).map(({ metadata }) => metadata.name)).toEqual([name]);

    await controllers.failWatch('2.0.0');
    await controllers.reportValidation('1.0.0', PASSED);
    await untilRuns('1.0.0');
    await controllers.settle('one');
    await untilStage('1.0.0', 'Champion');
    const [decision] = (await version('2.0.0'))?.status?.decisions ?? [];
    expect(decision).toMatchObject({ to: 'RolledBack', rule: 'WatchViolated', by: 'recommender-operator', reason: expect.stringContaining('40% of its requests failed') });
    await until('it is told', async () => ((await env.get('RecommenderModel', 'books')) as RecommenderModel).status?.phase === 'RolledBack');
  });
});

describe('the registry', () => {
  it('forgets the oldest that serve nobody beyond the number to keep, and never a champion, a desired version or a quarantine', async () => {
    for (const number of ['0.1.0', '0.2.0', '0.3.0', '0.4.0']) {
      await env.apply({ apiVersion: 'recommender.dev/v1alpha1', kind: 'ModelVersion', metadata: { name: `books-${number}`, namespace: NAMESPACE, labels: { [LABELS.managedBy]: MANAGER } }, spec: { model: 'books', ...release(number) } });
      await untilStage(number, 'Candidate');
      // Ages are told apart by whole seconds.
      const registered = Math.floor(Date.now() / 1000);
      await until('another second', () => Math.floor(Date.now() / 1000) > registered);
    }
    await applyRelease('2.0.0', { keep: 2 });
    await until('two are forgotten', async () => (await list('ModelVersion')).length === 4);
    expect((await list('ModelVersion')).map(({ metadata }) => metadata.name).sort()).toEqual(['books-0.3.0', 'books-0.4.0', 'books-1.0.0', 'books-2.0.0']);
    expect([(await version('1.0.0'))?.status?.stage, (await version('2.0.0'))?.status?.stage]).toEqual(['Champion', 'RolledBack']);
  });
});
