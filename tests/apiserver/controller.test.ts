import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { keyOf, kindId, type KubernetesObject } from '../../operator/api/objects.ts';
import { createWriter, type Writer } from '../../operator/kube/apply.ts';
import { connect, type KubeClient } from '../../operator/kube/client.ts';
import { kubeconfigEndpoint } from '../../operator/kube/kubeconfig.ts';
import { liveness, readiness } from '../../operator/kube/health.ts';
import { createQueue, type WorkQueue } from '../../operator/kube/queue.ts';
import { createWatchSet, type WatchSet } from '../../operator/kube/watchset.ts';
import { runWorkers, type Workers } from '../../operator/kube/workers.ts';
import { silentLog } from '../../operator/telemetry/log.ts';
import { createMetrics } from '../../operator/telemetry/metrics.ts';
import { until } from '../../tools/testenv/until.ts';
import { openServer } from './admin.ts';
import { CONFIG_MAP, CRD, SECRET, WIDGET } from './kinds.ts';
import { startProxy } from './proxy.ts';

jest.setTimeout(120_000);

const { server, admin } = await openServer();
const proxy = await startProxy(server.port);
afterAll(() => proxy.close());

// A small controller of the tests' own: every ConfigMap labelled `copy` is copied into a Secret that it owns.
let client: KubeClient;
let watches: WatchSet;
let queue: WorkQueue;
let writer: Writer;
let workers: Workers;
let agent = 0;
const metrics = createMetrics();

beforeEach(async () => {
  client = connect(kubeconfigEndpoint({ kubeconfig: server.kubeconfig({ port: proxy.port }) }), { userAgent: `controller-${++agent}` });
  queue = createQueue('copies', { metrics });
  const owner = (object: KubernetesObject) =>
    (object.metadata.ownerReferences ?? []).map(({ name }) => keyOf({ ...object.metadata, name }));
  watches = createWatchSet({
    client,
    log: silentLog,
    add: queue.add,
    watched: [
      { kind: CONFIG_MAP, selector: 'copy', keysOf: ({ metadata }) => [keyOf(metadata)] },
      { kind: SECRET, selector: 'copy', keysOf: owner },
      { kind: WIDGET, keysOf: owner },
    ],
  });
  writer = createWriter({ client, kinds: [CONFIG_MAP, SECRET], storeOf: watches.storeOf, fence: () => undefined });
  watches.start();
  await watches.synced();
  workers = runWorkers(queue, reconcile, { count: 2, log: silentLog, metrics });
});

afterEach(async () => {
  await workers.stop();
  await watches.stop();
  await client.close();
});

const reconcile = async (key: string): Promise<{ requeueAfterMs?: number }> => {
  const source = watches.storeOf(CONFIG_MAP).get(key);
  if (source === undefined) return {};
  const { name, namespace = '', uid = '' } = source.metadata;
  if (name.startsWith('poison')) throw new Error(`cannot copy ${name}`);
  if (name.startsWith('hopeless')) throw Object.assign(new Error(`never copy ${name}`), { terminal: true });
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid }];
  await writer.ensure({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { copy: 'yes' }, ownerReferences },
    type: 'Opaque',
    data: Object.fromEntries(Object.entries((source['data'] ?? {}) as Record<string, string>).map(([k, v]) => [k, btoa(v)])),
  });
  return {};
};

const source = (name: string, data: Readonly<Record<string, string>> = { a: '1' }) =>
  admin.create(CONFIG_MAP, { metadata: { name, labels: { copy: 'yes' } }, data });
const copy = (name: string) => watches.storeOf(SECRET).get(`default/${name}`);
const requests = () => server.audit(`controller-${agent}`).filter(({ verb }) => verb !== 'list' && verb !== 'watch');
const isIdle = () => queue.length === 0 && queue.longestRunningMs() === 0;

describe('a controller on watches, queue and writer', () => {
  it('converges, repairs what others break, and then makes no request at all', async () => {
    await source('simple');
    await until('the copy', () => copy('simple') !== undefined);
    await admin.remove(SECRET, 'simple');
    await until('the copy made anew', async () => (await admin.get(SECRET, 'simple')) !== undefined);
    await until('rest', isIdle);
    const before = requests().length;
    for (let n = 0; n < 50; n++) queue.add('default/simple');
    await admin.patch(SECRET, 'simple', { metadata: { annotations: { note: 'of somebody else' } } });
    await until('the note', () => copy('simple')?.metadata.annotations?.['note'] !== undefined);
    await until('rest', isIdle);
    expect(requests()).toHaveLength(before);
  });

  it('makes each of 100 objects once, although every change comes twice: as our own write and by the watch', async () => {
    const names = Array.from({ length: 100 }, (_, n) => `many-${n}`);
    await Promise.all(names.map((name) => source(name)));
    await until('all copies', () => names.every((name) => copy(name) !== undefined), 20_000);
    await until('rest', isIdle);
    const writes = requests().filter(({ objectRef }) => objectRef?.name?.startsWith('many-'));
    expect(writes).toHaveLength(100);
  });

  it('serves the others while poison resources fail again and again', async () => {
    await source('poison-large', { big: 'x'.repeat(500_000) });
    await source('poison-unicode', { k: '🦊\u0001' });
    await source('hopeless', JSON.parse('{"__proto__":"x"}') as Record<string, string>);
    await source('healthy', JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>);
    await until('the healthy copy', () => copy('healthy') !== undefined);
    await until('several attempts', () => queue.failures('default/poison-large') >= 4);
    expect(Object.keys(copy('healthy')?.['data'] ?? {}).sort()).toEqual(['__proto__', 'constructor']);
    expect(queue.failures('default/hopeless')).toBe(0);
    const text = await metrics.registry.metrics();
    expect(text).toContain('controller_runtime_reconcile_total{controller="copies",result="terminal"} 1');
    expect(Number(/reconcile_errors_total\{controller="copies"\} (\d+)/.exec(text)?.[1])).toBeGreaterThanOrEqual(8);
    for (const name of ['poison-large', 'poison-unicode', 'hopeless']) await admin.remove(CONFIG_MAP, name);
  });

  it('finishes what it began after an outage in the middle of its work', async () => {
    const names = Array.from({ length: 30 }, (_, n) => `outage-${n}`);
    const made = Promise.all(names.map((name) => source(name)));
    await until('the first copies', () => copy('outage-0') !== undefined);
    await proxy.refuse();
    await made;
    await proxy.restore();
    await until('all copies', () => names.every((name) => copy(name) !== undefined), 60_000);
  });

  it('goes on without a kind whose CRD is missing, names it, and picks it up when it is installed', async () => {
    expect(watches.missing()).toEqual([WIDGET]);
    expect(watches.unsynced()).toEqual([]);
    const told: string[] = [];
    watches.onMissingChange((kind, missing) => told.push(`${kindId(kind)} ${missing ? 'missing' : 'there'}`));
    await admin.installWidgets();
    await until('the widgets', () => watches.missing().length === 0, 15_000);
    await admin.create(WIDGET, { metadata: { name: 'w' } });
    await until('a widget in the cache', () => watches.storeOf(WIDGET).size === 1);
    await admin.remove(CRD, 'widgets.test.recommender.dev');
    await until('the widgets to be missing again', () => watches.missing().length === 1, 15_000);
    expect(watches.storeOf(WIDGET).size).toBe(0);
    expect(told).toEqual(['test.recommender.dev/v1/Widget there', 'test.recommender.dev/v1/Widget missing']);
  });

  it('is ready while it hears the API server, and alive also when it does not', async () => {
    const ready = readiness(client, watches);
    const alive = liveness(watches, queue);
    const failures = (checks: typeof ready) => Object.values(checks).flatMap((check) => check() ?? []);
    expect([failures(ready), failures(alive)]).toEqual([[], []]);
    const silent = readiness({ ...client, lastContact: () => performance.now() - 90_000 }, watches);
    expect(failures(silent)).toEqual(['no response from the API server for 90 s']);
    await proxy.refuse();
    await until('the loss', () => watches.problems().length > 0);
    expect(failures(alive)).toEqual([]);
    await proxy.restore();
    await until('the watches', () => watches.problems().every((problem) => problem.startsWith('Widget')));
  });
});
