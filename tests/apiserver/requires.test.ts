import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { KINDS } from '../../operator/api/kinds.ts';
import type { ModelVersion, RecommenderModel, Stage as VersionStage } from '../../operator/api/model.ts';
import { objectPath } from '../../operator/kube/paths.ts';
import { until } from '../../tools/testenv/until.ts';
import { digestOf, release as releaseOf, version } from '../../operator/testing/builders.ts';
import { fakeControllers } from './fakeControllers.ts';
import { NAMESPACE, openEnv } from './env.ts';

/** A model that lets in only what has been champion of the model of the same name in another namespace. */

jest.setTimeout(90_000);

const STAGING = 'staging';

const { env } = await openEnv();

beforeAll(async () => {
  await env.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: STAGING } });
  env.startOperator();
});

const apply = (number: string) =>
  env.apply({
    apiVersion: 'recommender.dev/v1alpha1',
    kind: 'RecommenderModel',
    metadata: { name: 'books', namespace: NAMESPACE },
    spec: { release: releaseOf(number), serving: { replicas: { min: 2, max: 2 } }, delivery: { requires: [{ namespace: STAGING, name: 'books', championFor: '1h' }] } },
  });

/** What the operator writes in staging when 1.0.0 or 2.0.0 becomes champion there, or is given up. */
async function record(number: string, become: VersionStage, championSince: Date): Promise<void> {
  const { apiVersion, kind, metadata, spec } = version(number);
  const { name, labels } = metadata;
  await env.apply({ apiVersion, kind, metadata: { name, namespace: STAGING, ...(labels ? { labels } : {}) }, spec });
  const path = objectPath(KINDS.ModelVersion, { namespace: STAGING, name }, 'status');
  const status = { stage: become, championSince: championSince.toISOString().replace(/\.\d+Z$/, 'Z') };
  await env.client.send({ method: 'PATCH', path, body: { status }, contentType: 'application/merge-patch+json' });
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
const message = async () => ((await env.get('RecommenderModel', 'books')) as RecommenderModel | undefined)?.status?.message ?? '';
const runs = async () => JSON.stringify((await env.get('Rollout', 'books'))?.['spec'] ?? {});

describe('delivery.requires across namespaces', () => {
  it('holds a version until its digest has been champion there for long enough, and starts it then by itself', async () => {
    const controllers = fakeControllers(env, 'books');
    const release = async (number: string) => {
      await apply(number);
      await controllers.reportValidation(number, { result: 'Passed', reason: 'Valid', message: 'fine' });
    };
    await record('1.0.0', 'Champion', minutesAgo(600));
    await release('1.0.0');
    await controllers.settle('one');
    await until('1.0.0 is champion', async () => ((await env.get('ModelVersion', 'books-1.0.0')) as ModelVersion | undefined)?.status?.stage === 'Champion');
    await release('1.5.0');
    await until('it is unknown there', async () => (await message()).includes('staging/books for 1h: it is not known there'));
    await record('2.0.0', 'RolledBack', minutesAgo(600));
    await release('2.0.0');
    await until('it was given up there', async () => (await message()).includes('it was rejected or rolled back there'));
    for (const number of ['1.5.0', '2.0.0']) expect(await runs()).not.toContain(digestOf(number));
    // Eight seconds are missing, which is less than the time between two looks.
    await record('2.0.0', 'Champion', new Date(Date.now() - 3_600_000 + 8_000));
    await until('it starts', async () => (await runs()).includes(digestOf('2.0.0')), 30_000);
  });
});
