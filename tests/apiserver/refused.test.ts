import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { RecommenderModel } from '../../operator/api/model.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { release } from '../../operator/testing/builders.ts';
import { until } from '../../tools/testenv/until.ts';
import { NAMESPACE, openEnv } from './env.ts';

/** What the API server refuses the whole operator is said in the status of the model, and goes on once the cause is gone. */

jest.setTimeout(60_000);

const { env } = await openEnv();
env.startOperator();

const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

/** As of a webhook of the cluster with failurePolicy Fail whose pods are down. */
const refuse = (apiGroups: string[], resources: string[]) =>
  env.client.send({
    method: 'POST',
    path: WEBHOOKS,
    body: {
      metadata: { name: 'policy' },
      webhooks: [
        {
          name: 'policy.example.com',
          rules: [{ apiGroups, apiVersions: ['*'], resources, operations: ['*'] }],
          clientConfig: { url: 'https://127.0.0.1:1/' },
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          timeoutSeconds: 1,
        },
      ],
    },
  });
const answerAgain = () => env.client.send({ method: 'DELETE', path: `${WEBHOOKS}/policy` });
afterEach(() => answerAgain().catch(() => undefined));

const apply = (name: string) =>
  env.apply({ apiVersion: 'recommender.dev/v1alpha1', kind: 'RecommenderModel', metadata: { name, namespace: NAMESPACE }, spec: { release: release('1.0.0') } });
const status = async (name: string) => ((await env.get('RecommenderModel', name)) as RecommenderModel | undefined)?.status ?? {};
const condition = async (name: string, wanted: string) => (await status(name)).conditions?.find(({ type }) => type === wanted);

async function untilRefused(name: string, words: string): Promise<void> {
  await until(`it is said: ${words}`, async () => (await status(name)).message?.includes(words));
  expect(await condition(name, 'Reconciled')).toMatchObject({ status: 'False', message: expect.stringContaining(words) });
}

async function untilApplied(name: string): Promise<void> {
  await until('nothing is refused', async () => (await condition(name, 'Reconciled'))?.status === 'True');
  expect((await condition(name, 'Stalled'))?.status).toBe('False');
  expect((await status(name)).message).not.toContain('Not everything could be applied');
}

describe('what the API server refuses', () => {
  it('names an object of somebody else, and goes on when it is gone', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'songs', namespace: NAMESPACE }, spec: { selector: { app: 'songs' }, ports: [{ port: 80, targetPort: 8080 }] } };
    await env.apply(service);
    await apply('songs');
    await untilRefused('songs', 'Service shop/songs was made by "a-person" and is left alone');
    expect(await condition('songs', 'Stalled')).toMatchObject({ status: 'True', reason: 'FieldConflict' });
    await env.remove('Service', 'songs');
    await untilApplied('songs');
  });

  it('names a full quota, and goes on when there is room', async () => {
    const path = `/api/v1/namespaces/${NAMESPACE}/resourcequotas`;
    // What the controller of quotas would count.
    const count = (hard: string) =>
      env.client.send({ method: 'PATCH', path: `${path}/jobs/status`, body: { status: { hard: { 'count/jobs.batch': hard }, used: { 'count/jobs.batch': '1' } } }, contentType: 'application/merge-patch+json' });
    await env.client.send({ method: 'POST', path, body: { metadata: { name: 'jobs' }, spec: { hard: { 'count/jobs.batch': '1' } } } });
    await count('1');
    await apply('films');
    await untilRefused('films', 'exceeded quota: jobs');
    expect(await condition('films', 'Stalled')).toMatchObject({ status: 'True', reason: 'Forbidden' });
    await count('9');
    await untilApplied('films');
  });

  it('names a webhook that is down, which stalls nothing at once, and goes on when it answers', async () => {
    await refuse([''], ['services']);
    await apply('games');
    await untilRefused('games', 'failed calling webhook "policy.example.com"');
    expect((await condition('games', 'Stalled'))?.status).toBe('False');
    await answerAgain();
    await untilApplied('games');
  });

  it('names what keeps a decision from being recorded, and acts on none that is not', async () => {
    await refuse(['recommender.dev'], ['modelversions/status']);
    await apply('plays');
    await untilRefused('plays', 'failed calling webhook "policy.example.com"');
    expect((await env.get('ModelVersion', 'plays-1.0.0'))?.['status']).toBeUndefined();
    await answerAgain();
    await untilApplied('plays');
  });

  it('says in an Event that the status itself is refused', async () => {
    await refuse(['recommender.dev'], ['recommendermodels/status']);
    await apply('poems');
    const events = async () => (await env.client.send({ method: 'GET', path: `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events` })) as { items: (KubernetesObject & { reason: string; note: string })[] };
    const event = await until('the Event', async () => (await events()).items.find(({ reason }) => reason === 'StatusRefused'));
    expect(event.note).toContain('failed calling webhook "policy.example.com"');
    await answerAgain();
    await untilApplied('poems');
  });
});
