import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import { KINDS } from '../../operator/api/kinds.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { MANAGER } from '../../operator/api/names.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { objectPath } from '../../operator/kube/paths.ts';
import { until } from '../../tools/testenv/until.ts';
import { release } from '../../operator/testing/builders.ts';
import { fakeControllers } from './fakeControllers.ts';
import { definitions, NAMESPACE, openEnv } from './env.ts';

/** What people edit by hand under a release, with the whole operator on a real API server; the test writes what Argo Rollouts would. */

jest.setTimeout(90_000);

/** Edits are put back within this, milliseconds. */
const SOON_MS = 5_000;
const HASH = 'rollouts-pod-template-hash';
const PASSED = { result: 'Passed', reason: 'Valid', message: 'fine' } as const;

const { env } = await openEnv();

/** A model, what people do with it and see of it, and what Argo Rollouts would do. */
function modelOf(model: string, delivery: object = {}) {
  const controllers = fakeControllers(env, model);
  const applyRelease = (version: string) =>
    env.apply({
      apiVersion: 'recommender.dev/v1alpha1',
      kind: 'RecommenderModel',
      metadata: { name: model, namespace: NAMESPACE },
      spec: { release: release(version), serving: { replicas: { min: 2, max: 2 } }, delivery: { ...delivery, after: { watchFor: '0s' } } },
    });
  const status = async () => ((await env.get('RecommenderModel', model)) as RecommenderModel).status;
  const stageOf = async (number: string) => ((await env.get('ModelVersion', `${model}-${number}`)) as ModelVersion | undefined)?.status?.stage;
  const rollout = async () => (await env.get('Rollout', model)) as Rollout;
  return {
    controllers,
    applyRelease,
    status,
    stageOf,
    rollout,
    runs: async () => (await rollout()).spec.template.metadata?.annotations?.['recommender.dev/version'],
    open: async () => {
      await applyRelease('1.0.0');
      await controllers.reportValidation('1.0.0', PASSED);
      await controllers.settle('one');
      await until('1.0.0 serves', async () => (await stageOf('1.0.0')) === 'Champion');
    },
    edit: (body: object) => env.patch('Rollout', model, body),
    /** Gives the pods' containers another image, as `kubectl set image` would. */
    setImage: async (image: string) => {
      const { containers } = (await rollout()).spec.template.spec as unknown as { containers: object[] };
      await env.patch('Rollout', model, { spec: { template: { spec: { containers: containers.map((each) => ({ ...each, image })) } } } });
    },
    hasImage: async (image: string) => JSON.stringify((await rollout()).spec.template).includes(`"image":"${image}"`),
  };
}

const books = modelOf('books');
const { controllers, applyRelease, status, stageOf, rollout, runs } = books;

beforeAll(async () => {
  env.startOperator();
  await books.open();
});

const selector = async (name: string) => ((await env.get('Service', name)) as KubernetesObject & { spec: { selector: Record<string, string> } }).spec.selector;
const untilBack = (what: string, isBack: () => Promise<boolean>) => until(`${what} is as before`, isBack, SOON_MS);

async function warnings(): Promise<string[]> {
  const { items } = (await env.client.send({ method: 'GET', path: `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events` })) as { items: { reason: string; note: string }[] };
  return items.filter(({ reason }) => reason === 'EditedByHand').map(({ note }) => note);
}

describe('an edit by hand', () => {
  it('of the champion’s pods is put back, and an Event says who edited what', async () => {
    await books.setImage('mine:1');
    await untilBack('the image', async () => !(await books.hasImage('mine:1')));
    await until('an Event', async () => (await warnings()).some((note) => note.startsWith('Reverted a manual edit of Rollout books:') && note.includes('kubectl-patch')));
    await controllers.settle('one');
    await until('nothing is wrong', async () => (await status())?.message === '1.0.0 serves everyone.');
  });

  it('of a Service is put back with the pods that Argo Rollouts chose: a label more or a hash less', async () => {
    for (const [name, hash] of [['books', 'one'], ['books-candidate', 'one']] as const) {
      await env.patch('Service', name, { metadata: { annotations: { 'argo-rollouts.argoproj.io/managed-by-rollouts': 'books' } }, spec: { selector: { [HASH]: hash } } }, 'rollouts-controller');
    }
    const before = await selector('books');
    expect(before).toHaveProperty(HASH, 'one');
    for (const edit of [{ app: 'other' }, { [HASH]: null }, { 'recommender.dev/model': null, [HASH]: null }]) {
      await env.patch('Service', 'books', { spec: { selector: edit } });
      await untilBack('the selector', async () => JSON.stringify(await selector('books')) === JSON.stringify(before));
    }
  });

  it.each([
    ['Canary', books, { index: 1, weight: 10, stays: 'Challenger' }],
    ['BlueGreen', modelOf('second', { strategy: 'BlueGreen' }), { index: 3, weight: 10, stays: 'Challenger' }],
    ['Shadow', modelOf('shaded', { strategy: 'Shadow' }), { index: 1, weight: 0, stays: 'Shadow' }],
  ])('of pods or steps of a version on its way by %s is put back too', async (_, on, { index, weight, stays }) => {
    if (on !== books) await on.open();
    await on.applyRelease('2.0.0');
    await on.controllers.reportValidation('2.0.0', PASSED);
    await until('2.0.0 is on its way', async () => (await on.runs()) === '2.0.0');
    await on.controllers.move('two', 'one', { currentStepIndex: index, canary: { weights: { canary: { weight, serviceName: 'x' }, stable: { weight: 100 - weight, serviceName: 'y' } } } });
    await until('its share is on record', async () => (await on.status())?.candidate?.weight === weight);
    const steps = async () => JSON.stringify((await on.rollout()).spec.strategy?.canary?.steps);
    const before = await steps();
    await on.edit({ spec: { strategy: { canary: { steps: [{ setWeight: 100 }] } } } });
    await untilBack('the steps', async () => (await steps()) === before);
    await on.setImage('mine:2');
    await untilBack('the image', async () => !(await on.hasImage('mine:2')));
    expect(await on.stageOf('2.0.0')).toBe(stays);
  });

  it('of a limit is put back', async () => {
    type Template = KubernetesObject & { spec: { metrics: { failureCondition?: string }[] } };
    const metrics = async () => ((await env.get('AnalysisTemplate', 'books-gate')) as Template).spec.metrics;
    const before = await metrics();
    await env.patch('AnalysisTemplate', 'books-gate', { spec: { metrics: before.map((each) => ({ ...each, failureCondition: 'false' })) } });
    await untilBack('the limit', async () => JSON.stringify(await metrics()) === JSON.stringify(before));
  });

  it('is put back a few times and no more where a controller makes it again each time, and the model says so', async () => {
    const isEdited = async () => 'meddler' in (await selector('books-candidate'));
    for (let edits = 0; edits < 5; edits++) {
      await env.patch('Service', 'books-candidate', { spec: { selector: { meddler: 'yes' } } }, 'meddler');
      await untilBack('the selector', async () => !(await isEdited()));
    }
    await env.patch('Service', 'books-candidate', { spec: { selector: { meddler: 'yes' } } }, 'meddler');
    const condition = await until('the condition', async () => (await status())?.conditions?.find(({ reason }) => reason === 'FieldConflict'));
    expect(condition.message).toContain('Service shop/books-candidate has fields managed by others: .spec.selector (set by "meddler")');
    expect(await isEdited()).toBe(true);
    await env.patch('Service', 'books-candidate', { spec: { selector: { meddler: null } } }, 'meddler');
    await until('nothing is wrong', async () => (await status())?.conditions?.some(({ type, status: holds }) => type === 'Reconciled' && holds === 'True'));
  });

  it('is left where somebody applies the field: whoever declares it means to keep it', async () => {
    const { spec } = (await env.get('Ingress', 'books')) as KubernetesObject & { spec: { rules: object[] } };
    await env.apply({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'books', namespace: NAMESPACE }, spec: { ...spec, ingressClassName: 'theirs' } });
    const condition = await until('the condition', async () => (await status())?.conditions?.find(({ reason }) => reason === 'FieldConflict'));
    expect(condition.message).toContain('a-person');
    expect(((await env.get('Ingress', 'books')) as { spec?: { ingressClassName?: string } }).spec?.ingressClassName).toBe('theirs');
    await env.apply({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'books', namespace: NAMESPACE } });
    await until('it is ours again', async () => (await status())?.conditions?.some(({ type, status: holds }) => type === 'Reconciled' && holds === 'True'));
  });
});

describe('the kind Rollout', () => {
  it('deleted in the middle of a release takes the pods with it, and no record: once it is there again so is the champion', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rollouts.argoproj.io';
    await env.client.send({ method: 'DELETE', path });
    await until('the status names it', async () => (await status())?.message === 'Missing in this cluster: Rollout; install Argo Rollouts. Nothing changes until then.', 30_000);
    expect([await stageOf('1.0.0'), await stageOf('2.0.0')]).toEqual(['Champion', 'Challenger']);
    expect((await status())?.conditions).toContainEqual(expect.objectContaining({ type: 'Progressing', reason: 'MissingKinds' }));
    const definition = definitions().find(({ metadata }) => metadata.name === 'rollouts.argoproj.io');
    if (!definition) throw new Error('Argo Rollouts defines no Rollout');
    await until('it is defined again', async () => (await env.apply(definition)).metadata.deletionTimestamp === undefined);
    await until('the champion is', async () => (await runs()) === '1.0.0', 30_000);
    expect((await rollout()).spec.strategy?.canary?.steps).toBeUndefined();
    await controllers.settle('one');
    // The candidate starts from its first step, once nobody measures what was before.
    await until('the candidate waits or starts', async () => (await status())?.message?.startsWith('2.0.0 ') === true && (await stageOf('2.0.0')) === 'Challenger');
  });

  it('of an older Argo Rollouts, which lacks a field, is named with the field; nothing is lost, and the release goes on once it is newer', async () => {
    const definition = definitions().find(({ metadata }) => metadata.name === 'rollouts.argoproj.io');
    const older = structuredClone(definition) as unknown as { spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, unknown> } } } } }[] } };
    for (const { schema } of older.spec.versions) delete schema.openAPIV3Schema.properties.spec.properties['progressDeadlineAbort'];
    await env.apply(older as unknown as KubernetesObject);
    await applyRelease('3.0.0');
    const refused = await until('the condition', async () => (await status())?.conditions?.find(({ type, message }) => type === 'Reconciled' && message.includes('progressDeadlineAbort')), 30_000);
    expect(refused.status).toBe('False');
    expect([await stageOf('1.0.0'), (await status())?.champion?.version]).toEqual(['Champion', '1.0.0']);
    if (definition) await env.apply(definition);
    await until('the champion is alone again', async () => (await runs()) === '1.0.0', 60_000);
    await controllers.settle('one');
    await controllers.reportValidation('3.0.0', PASSED);
    await until('3.0.0 is on its way', async () => (await runs()) === '3.0.0');
  });
});

describe('what Git declares', () => {
  it('is as it was declared through all of this, so that Argo CD finds nothing out of sync and its self-heal nothing to undo', async () => {
    const manager = 'argocd-controller';
    const { apiVersion, kind, metadata, spec } = (await env.get('RecommenderModel', 'books')) as RecommenderModel;
    const manifest = { apiVersion, kind, metadata: { name: metadata.name, namespace: NAMESPACE }, spec: { release: release('3.0.0'), serving: { replicas: { min: 2, max: 2 } }, delivery: { after: { watchFor: '0s' } } } };
    const path = objectPath(KINDS.RecommenderModel, { namespace: NAMESPACE, name: 'books' });
    const query = { fieldManager: manager, dryRun: 'All' };
    const compared = (await env.client.send({ method: 'PATCH', path, query, body: manifest, contentType: 'application/apply-patch+yaml' })) as RecommenderModel;
    expect([compared.spec, compared.metadata.generation]).toEqual([spec, metadata.generation]);
    const writings = (metadata.managedFields ?? []) as { manager: string; subresource?: string }[];
    expect(writings.filter((each) => each.manager === MANAGER).map(({ subresource }) => subresource)).toEqual(['status']);
  });
});
