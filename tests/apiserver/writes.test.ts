import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { keyOf, kindId, type Kind, type KubernetesObject } from '../../operator/api/objects.ts';
import { createWriter } from '../../operator/kube/apply.ts';
import { connect } from '../../operator/kube/client.ts';
import { needsApply, driftOf, stamp } from '../../operator/kube/drift.ts';
import { kubeconfigEndpoint } from '../../operator/kube/kubeconfig.ts';
import { FieldConflict, KubeError, NotLeader } from '../../operator/kube/errors.ts';
import { createRecorder } from '../../operator/kube/events.ts';
import { createStore, type Store } from '../../operator/kube/store.ts';
import { silentLog } from '../../operator/telemetry/log.ts';
import { createMetrics } from '../../operator/telemetry/metrics.ts';
import { openServer } from './admin.ts';
import { CONFIG_MAP, WIDGET } from './kinds.ts';
import { SAMPLES } from './samples.ts';

jest.setTimeout(60_000);

const KINDS = [{ ...CONFIG_MAP, guarded: true }, ...SAMPLES.map(({ kind }) => kind)];
const OPERATOR = 'operator-under-test';

const { server, admin } = await openServer();
await admin.installWidgets();
const metrics = createMetrics();
const client = connect(kubeconfigEndpoint({ kubeconfig: server.kubeconfig() }), { userAgent: OPERATOR, metrics });
afterAll(() => client.close());

const stores: ReadonlyMap<string, Store> = new Map(KINDS.map((kind) => [kindId(kind), createStore()]));
let mayWrite = true;
const writer = createWriter({
  client,
  kinds: KINDS,
  storeOf: (kind) => stores.get(kindId(kind)),
  fence: () => {
    if (!mayWrite) throw new NotLeader('no longer the leader');
  },
});

const configMap = (name: string, data: Readonly<Record<string, string>>, more = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', ...more },
  data,
});
const cached = (kind: Kind, name: string) => stores.get(kindId(kind))?.get(`default/${name}`);
const sent = () => server.audit(OPERATOR).length;

describe('apply', () => {
  it('names the other manager and the field in a conflict, and forces nothing', async () => {
    await writer.ensure(configMap('contested', { color: 'red', size: '1' }));
    await admin.patch(CONFIG_MAP, 'contested', { data: { color: 'blue' } }, 'kubectl-edit');
    const conflict = await writer.apply(configMap('contested', { color: 'green', size: '2' })).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(conflict).toBeInstanceOf(FieldConflict);
    expect((conflict as FieldConflict).conflicts).toEqual([{ manager: 'kubectl-edit', field: '.data.color', edited: true }]);
    expect((conflict as FieldConflict).message).toBe('ConfigMap default/contested has fields managed by others: .data.color (set by "kubectl-edit")');
    expect((await admin.get(CONFIG_MAP, 'contested'))?.['data']).toEqual({ color: 'blue', size: '1' });
  });

  it('meant for a state of an object that is past by now changes nothing, though it may put back what was edited by hand', async () => {
    const { object: seen } = await writer.ensure(configMap('followed', { leads: 'to old pods' }));
    await admin.patch(CONFIG_MAP, 'followed', { data: { leads: 'to new pods' } }, 'rollouts-controller');
    const late = configMap('followed', { leads: 'to old pods', more: 'x' }, { resourceVersion: seen.metadata.resourceVersion });
    const refusal = { status: 409, reason: 'Conflict', message: 'ConfigMap default/followed has changed in the meantime' };
    await expect(writer.ensure(late)).rejects.toMatchObject(refusal);
    expect(cached(CONFIG_MAP, 'followed')?.['data']).toEqual({ leads: 'to new pods' });
    await expect(writer.ensure(late)).rejects.toMatchObject(refusal);
    expect((await admin.get(CONFIG_MAP, 'followed'))?.['data']).toEqual({ leads: 'to new pods' });
  });

  it('leaves fields of other managers alone and takes back its own that it no longer wants', async () => {
    await writer.ensure(configMap('shared', { ours: '1', dropped: '1' }));
    await admin.patch(CONFIG_MAP, 'shared', { data: { theirs: '1' } });
    await writer.ensure(configMap('shared', { ours: '1' }));
    expect((await admin.get(CONFIG_MAP, 'shared'))?.['data']).toEqual({ ours: '1', theirs: '1' });
  });

  it('sends nothing when there is nothing to do, for every kind we own', async () => {
    for (const { object } of SAMPLES) expect((await writer.ensure(object)).changed).toBe(true);
    const before = sent();
    for (const { object } of SAMPLES) expect((await writer.ensure(object)).changed).toBe(false);
    expect(sent()).toBe(before);
  });

  it.each(SAMPLES)('sees no drift in a $object.kind that the server has filled with defaults', async ({ kind, object }) => {
    const live = await admin.get(kind, 'books');
    expect(live).toBeDefined();
    if (live === undefined) return;
    expect(driftOf(object, live)).toBeUndefined();
    expect(needsApply(object, live)).toBe(false);
  });

  it('sees its own write at once in its cache', async () => {
    const { object } = await writer.ensure(configMap('mine', { a: '1' }));
    expect(cached(CONFIG_MAP, 'mine')).toBe(object);
    expect(object.metadata.uid).toBeDefined();
  });

  it('writes status apart from spec', async () => {
    await writer.ensure({ apiVersion: WIDGET.apiVersion, kind: WIDGET.kind, metadata: { name: 'w', namespace: 'default' }, spec: { a: 1 } });
    const widget = cached(WIDGET, 'w');
    const answer = await writer.applyStatus({ apiVersion: WIDGET.apiVersion, kind: WIDGET.kind, metadata: { name: 'w', namespace: 'default' }, status: { phase: 'Ready' } });
    expect([answer['spec'], answer['status']]).toEqual([{ a: 1 }, { phase: 'Ready' }]);
    expect(answer.metadata.generation).toBe(widget?.metadata.generation);
  });

  it('writes status only to the incarnation it means', async () => {
    const { apiVersion, kind } = WIDGET;
    await writer.ensure({ apiVersion, kind, metadata: { name: 'w2', namespace: 'default' } });
    const status = (name: string, uid: string) => writer.applyStatus({ apiVersion, kind, metadata: { name, namespace: 'default', uid }, status: { a: 1 } });
    await expect(status('w2', 'of-another')).rejects.toMatchObject({ status: 409 });
    await expect(status('nobody', 'of-nobody')).rejects.toBeInstanceOf(KubeError);
    expect((await status('w2', cached(WIDGET, 'w2')?.metadata.uid ?? ''))['status']).toEqual({ a: 1 });
  });

  it('patches a field, and says 404 where there is nothing to patch', async () => {
    await writer.ensure(configMap('patched', { a: '1' }));
    await writer.patch(CONFIG_MAP, { namespace: 'default', name: 'patched' }, { data: { b: '2' } });
    expect(cached(CONFIG_MAP, 'patched')?.['data']).toEqual({ a: '1', b: '2' });
    await expect(writer.patch(CONFIG_MAP, { namespace: 'default', name: 'nobody' }, {})).rejects.toMatchObject({ status: 404, reason: 'NotFound' });
  });

  it('deletes only the incarnation it means, and forgets it at once', async () => {
    const { object } = await writer.ensure(configMap('doomed', {}));
    const ref = { namespace: 'default', name: 'doomed' };
    await expect(writer.remove(CONFIG_MAP, ref, { uid: 'of-another' })).rejects.toMatchObject({ status: 409 });
    expect(cached(CONFIG_MAP, 'doomed')).toBeDefined();
    expect(await writer.remove(CONFIG_MAP, ref, { uid: object.metadata.uid ?? '' })).toBe(true);
    expect(cached(CONFIG_MAP, 'doomed')).toBeUndefined();
    expect(await writer.remove(CONFIG_MAP, ref)).toBe(false);
  });

  it('keeps an object that awaits its finalizers', async () => {
    await writer.ensure(configMap('held', {}, { finalizers: ['recommender.dev/test'] }));
    await writer.remove(CONFIG_MAP, { namespace: 'default', name: 'held' });
    expect(cached(CONFIG_MAP, 'held')?.metadata.deletionTimestamp).toBeDefined();
  });

  it('tells of a field that the schema does not know', async () => {
    const wrong = { ...configMap('wrong', {}), flavour: 'x' };
    await expect(writer.ensure(wrong)).rejects.toThrow(/flavour/);
  });

  it('sends nothing once the fence is down', async () => {
    const before = sent();
    mayWrite = false;
    try {
      await expect(writer.ensure(configMap('late', { a: '1' }))).rejects.toBeInstanceOf(NotLeader);
      await expect(writer.remove(CONFIG_MAP, { namespace: 'default', name: 'mine' })).rejects.toBeInstanceOf(NotLeader);
    } finally {
      mayWrite = true;
    }
    expect(sent()).toBe(before);
  });

  it('counts its requests by code and method', async () => {
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/rest_client_requests_total\{code="201",method="PATCH",host="127\.0\.0\.1:\d+"\} \d+/);
    expect(text).toMatch(/rest_client_requests_total\{code="409",method="PATCH",host="127\.0\.0\.1:\d+"\} 2/);
  });

  it('with the uid of an object that is gone creates none, nor touches another of that name', async () => {
    const { object } = await writer.ensure(configMap('brief', { a: '1' }));
    const { uid } = object.metadata;
    expect((await writer.ensure(configMap('brief', { a: '2' }, { uid }))).object.metadata.uid).toBe(uid);
    await admin.remove(CONFIG_MAP, 'brief');
    await expect(writer.apply(configMap('brief', { a: '3' }, { uid }))).rejects.toMatchObject({ status: 409 });
    expect(await admin.get(CONFIG_MAP, 'brief')).toBeUndefined();
    await admin.create(CONFIG_MAP, configMap('brief', { a: 'another' }));
    await expect(writer.apply(configMap('brief', { a: '3' }, { uid }))).rejects.toMatchObject({ status: 409 });
  });
});

describe('poison', () => {
  const poison: readonly KubernetesObject[] = [
    configMap('large', { big: 'x'.repeat(900_000) }, { annotations: { note: 'y'.repeat(100_000) } }),
    configMap('unicode', { key: '\u0001\u202e🦊 ünïcödé \ufeff half \ud83d' }, { annotations: { 'a/b': '"\\\n' } }),
    JSON.parse('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto","namespace":"default"},"data":{"__proto__":"x","constructor":"y"}}') as KubernetesObject,
  ];

  it.each(poison.map((object) => [object.metadata.name, object] as const))('%s is written, read and compared like any other', async (name, object) => {
    const { object: live } = await writer.ensure(object);
    const read = await admin.get(CONFIG_MAP, name);
    expect(read && needsApply(stamp(object), read)).toBe(false);
    expect(cached(CONFIG_MAP, name)).toBe(live);
    expect(({} as { x?: string }).x).toBeUndefined();
    expect(keyOf(live.metadata)).toBe(`default/${name}`);
  });

  it('that the server refuses is the caller’s error', async () => {
    const tooLarge = configMap('too-large', { big: 'x'.repeat(3_000_000) });
    await expect(writer.ensure(tooLarge)).rejects.toBeInstanceOf(KubeError);
  });
});

describe('events', () => {
  it('reach the server, each happening once; one that the server refuses harms nobody', async () => {
    const { object: regarding } = await writer.ensure(configMap('eventful', {}));
    const recorder = createRecorder({ client, fence: () => undefined, log: silentLog, controller: 'recommender.dev/operator', instance: 'test' });
    const happening = { regarding, type: 'Warning', reason: 'Rejected', note: `3.0.0 was rejected: ${'ü'.repeat(1000)}` } as const;
    for (let n = 0; n < 5; n++) recorder.record(happening);
    recorder.record({ ...happening, regarding: configMap('homeless', {}, { namespace: 'nowhere' }) });
    await recorder.flush();
    const list = (await admin.client.send({ method: 'GET', path: '/apis/events.k8s.io/v1/namespaces/default/events' })) as { items: Record<string, unknown>[] };
    const events = list.items.filter(({ reason }) => reason === 'Rejected');
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'Warning', reportingController: 'recommender.dev/operator', regarding: { name: 'eventful', uid: regarding.metadata.uid } });
  });
});
