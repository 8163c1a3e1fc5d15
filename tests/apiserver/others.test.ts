import type { ChildProcess } from 'node:child_process';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { KINDS, type KindName } from '../../operator/api/kinds.ts';
import type { RecommenderModel } from '../../operator/api/model.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { collectionPath } from '../../operator/kube/paths.ts';
import { validationJob } from '../../operator/plan/objects/validationJob.ts';
import { CONFIG, model, observed, release, version } from '../../operator/testing/builders.ts';
import { planned } from '../../operator/testing/planned.ts';
import { until } from '../../tools/testenv/until.ts';
import { NAMESPACE, openEnv } from './env.ts';

/** Names that a model needs and that others have taken before, and another installation, with whole operators on a real API server. */

jest.setTimeout(60_000);

const { env } = await openEnv();
/** A leader that is gone keeps others from leading for so long. */
const QUICK = { LEASE_SECONDS: '3' };
const SERVING = { replicas: { min: 2, max: 4 } };

/** What the operator makes for a model of this name that has a champion, and for its validation. */
function objectsOf(name: string): KubernetesObject[] {
  const { metadata, ...rest } = model('1.0.0');
  const desired: RecommenderModel = { ...rest, metadata: { ...metadata, name }, spec: { ...rest.spec, serving: { ...rest.spec.serving, ...SERVING } } };
  const champion = version('1.0.0', 'Champion');
  const named = { ...champion, metadata: { ...champion.metadata, name: `${name}-1.0.0` }, spec: { ...champion.spec, model: name } };
  return [...planned(observed(desired, { versions: [named] })).objects, validationJob(desired, release('1.0.0'), CONFIG)];
}

/** Made by `kubectl create`, with the very content that the operator would give it: no field is in conflict. */
function create({ metadata, ...content }: KubernetesObject, annotations: Record<string, string> = {}): Promise<KubernetesObject> {
  const body = { ...content, metadata: { name: metadata.name, namespace: NAMESPACE, annotations } };
  const path = collectionPath(KINDS[content.kind as KindName], NAMESPACE);
  return env.client.send({ method: 'POST', path, query: { fieldManager: 'kubectl-create' }, body }) as Promise<KubernetesObject>;
}

const applyModel = (name: string) =>
  env.apply({ apiVersion: 'recommender.dev/v1alpha1', kind: 'RecommenderModel', metadata: { name, namespace: NAMESPACE }, spec: { release: release('1.0.0'), serving: SERVING } });
const becomeChampion = async (name: string) => {
  await until('its version', () => env.get('ModelVersion', `${name}-1.0.0`));
  await env.setStatus('ModelVersion', `${name}-1.0.0`, { stage: 'Champion', championSince: '2026-01-01T00:00:00Z' });
};
const reconciled = (name: string, reason: string) =>
  until(`Reconciled is ${reason}`, async () =>
    ((await env.get('RecommenderModel', name)) as RecommenderModel).status?.conditions?.find((each) => each.type === 'Reconciled' && each.reason === reason));

const operators = { first: undefined as ChildProcess | undefined };
beforeAll(() => {
  operators.first = env.startOperator(QUICK);
});

describe('an object that somebody made before the model', () => {
  // One model for each name, so that each has one object too many.
  const taken = objectsOf('none').filter(({ kind }) => kind !== 'ServiceAccount').map(({ kind, metadata }, index) => [kind, metadata.name, `m${String(index)}`] as const);

  it.each(taken)('%s %s is neither changed nor owned, though it says the same, and the model says so', async (kind, likeIt, name) => {
    const wanted = objectsOf(name).find((each) => each.kind === kind && each.metadata.name === likeIt.replace('none', name));
    if (!wanted) throw new Error('the operator makes no such object');
    const before = await create(wanted);
    await applyModel(name);
    if (kind !== 'Job') await becomeChampion(name);
    const { message } = await reconciled(name, 'FieldConflict');
    expect(message).toContain(`${kind} shop/${wanted.metadata.name} was made by "kubectl-create" and is left alone`);
    const after = await env.get(kind as KindName, wanted.metadata.name);
    expect(after?.metadata).toEqual(before.metadata);
  });

  it('is used and stays theirs if it is the ServiceAccount, and one of its own takes its place once it is gone', async () => {
    const role = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/films' };
    const before = await create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'films-serving' } }, role);
    await applyModel('films');
    await becomeChampion('films');
    expect((await reconciled('films', 'AccountOfOthers')).message).toContain('ServiceAccount films-serving was made by others');
    expect((await env.get('ServiceAccount', 'films-serving'))?.metadata).toEqual(before.metadata);
    expect(await until('the Rollout', () => env.get('Rollout', 'films'))).toMatchObject({ spec: { template: { spec: { serviceAccountName: 'films-serving' } } } });
    await env.remove('ServiceAccount', 'films-serving');
    await reconciled('films', 'Applied');
    expect((await env.get('ServiceAccount', 'films-serving'))?.metadata.ownerReferences).toMatchObject([{ kind: 'RecommenderModel', name: 'films' }]);
  });

  it('is the model’s own again if it was, and a backup has brought it back without its owner', async () => {
    const service = await until('the Service', () => env.get('Service', 'films'));
    await env.patch('Service', 'films', { metadata: { ownerReferences: null } }, 'velero');
    await until('it has its owner', async () => (await env.get('Service', 'films'))?.metadata.ownerReferences?.[0]?.name === 'films');
    expect((await env.get('Service', 'films'))?.metadata.uid).toBe(service.metadata.uid);
  });
});

describe('a second installation with other settings', () => {
  const image = async () => JSON.stringify(((await env.get('Rollout', 'films')) as { spec?: { template?: object } }).spec?.template);
  const events = async () => {
    const { items } = (await env.client.send({ method: 'GET', path: `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events` })) as { items: { reason: string; note: string; regarding: { name: string } }[] };
    return items.filter(({ reason, regarding }) => reason === 'ManagedElsewhere' && regarding.name === 'films').map(({ note }) => note);
  };

  beforeAll(async () => {
    await env.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'second' } });
    // Only a moment later it is the younger one.
    await until('the first has a Lease', async () => Date.now() - Date.parse((await lease())?.metadata.creationTimestamp ?? '') > 1_000);
    env.startOperator({ ...QUICK, POD_NAMESPACE: 'second', POD_NAME: 'operator-b', SERVING_IMAGE: 'recommender-serving:other' });
  });
  const lease = async () => {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/recommender-operator`;
    return (await env.client.send({ method: 'GET', path })) as KubernetesObject;
  };

  it('leaves the models to the first, and an Event of each says so', async () => {
    const before = (await env.get('Rollout', 'films'))?.metadata.generation;
    const [note] = await until('an Event', async () => ((await events()).length > 0 ? events() : undefined));
    expect(note).toContain(`Left to the installation of the operator in namespace ${NAMESPACE}, which manages all namespaces`);
    await env.patch('Rollout', 'films', { metadata: { labels: { looked: 'again' } } });
    await applyModel('songs');
    await until('the first manages a new model', async () => ((await env.get('RecommenderModel', 'songs')) as RecommenderModel).status?.phase === 'Validating');
    expect((await env.get('Rollout', 'films'))?.metadata.generation).toBe(before);
    expect(await image()).toContain('"recommender-serving:test"');
  });

  it('takes over once nobody renews the Lease of the first', async () => {
    operators.first?.kill('SIGKILL');
    await until('its settings are in force', async () => (await image()).includes('"recommender-serving:other"'), 30_000);
  });
});
