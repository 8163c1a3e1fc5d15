import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connect, type KubeClient } from '../../operator/kube/client.ts';
import { kubeconfigEndpoint } from '../../operator/kube/kubeconfig.ts';
import { createReflector, type Reflector } from '../../operator/kube/reflector.ts';
import { createStore } from '../../operator/kube/store.ts';
import { silentLog } from '../../operator/telemetry/log.ts';
import { until } from '../../tools/testenv/until.ts';
import { openServer } from './admin.ts';
import { startGateway } from './gateway.ts';
import { CONFIG_MAP } from './kinds.ts';
import { startProxy } from './proxy.ts';

jest.setTimeout(60_000);

const { server, admin } = await openServer();
const proxy = await startProxy(server.port);
afterAll(() => proxy.close());

let client: KubeClient;
let reflector: Reflector;
let changes: string[];
let agent = 0;

const watchThrough = async (port: number): Promise<void> => {
  client = connect(kubeconfigEndpoint({ kubeconfig: server.kubeconfig({ port }) }), { userAgent: `reflector-${++agent}` });
  const store = createStore();
  store.onChange(({ before, after }) => {
    const name = (after ?? before)?.metadata.name ?? '';
    changes.push(before === undefined ? `+${name}` : after === undefined ? `-${name}` : `~${name}`);
  });
  reflector = createReflector(client, { kind: CONFIG_MAP, namespace: 'default' }, store, silentLog);
  reflector.start();
  await reflector.settled();
};

const requests = () => server.audit(`reflector-${agent}`);
/** Those that were answered: a server that has just started refuses some with 429. */
const lists = () => requests().filter(({ verb, responseStatus }) => verb === 'list' && responseStatus?.code === 200);
const has = (name: string) => reflector.store.get(`default/${name}`) !== undefined;
const isWatching = () => reflector.problem() === undefined;

beforeEach(async () => {
  changes = [];
  await proxy.restore();
  await watchThrough(proxy.port);
  await until('the watch', isWatching);
  changes = [];
});

afterEach(async () => {
  await reflector.stop();
  await client.close();
});

describe('reflector', () => {
  it('follows what is created, changed and deleted', async () => {
    await admin.create(CONFIG_MAP, { metadata: { name: 'followed' } });
    await until('the creation', () => changes.includes('+followed'));
    await admin.patch(CONFIG_MAP, 'followed', { data: { a: 'b' } });
    await until('the change', () => changes.includes('~followed'));
    await admin.remove(CONFIG_MAP, 'followed');
    await until('the deletion', () => changes.includes('-followed'));
    expect(changes).toEqual(['+followed', '~followed', '-followed']);
  });

  it('reads a large collection in pages of 500', async () => {
    const names = Array.from({ length: 620 }, (_, n) => `page-${n}`);
    await Promise.all(names.map((name) => admin.create(CONFIG_MAP, { metadata: { name, labels: { paged: 'yes' } } })));
    const store = createStore();
    const paged = createReflector(client, { kind: CONFIG_MAP, labelSelector: 'paged=yes' }, store, silentLog);
    const before = lists().length;
    paged.start();
    await paged.settled();
    await paged.stop();
    expect(store.size).toBe(620);
    expect(lists().length - before).toBe(2);
    await admin.client.send({
      method: 'DELETE',
      path: '/api/v1/namespaces/default/configmaps',
      query: { labelSelector: 'paged=yes' },
    });
  });

  it('resumes a watch that was cut, without reading the list again', async () => {
    proxy.reset();
    await admin.create(CONFIG_MAP, { metadata: { name: 'while-cut' } });
    await until('what happened in between', () => has('while-cut'));
    await until('the end of the first watch in the audit log', () => requests().some(({ verb }) => verb === 'watch'));
    expect(lists()).toHaveLength(1);
  });

  it('keeps its cache while the API server is dead and is current within 10 s of its return', async () => {
    const size = reflector.store.size;
    await server.killApiServer();
    await until('the loss to be noticed', () => !isWatching());
    expect([reflector.store.size, reflector.hasSynced()]).toEqual([size, true]);
    await server.startApiServer();
    await admin.create(CONFIG_MAP, { metadata: { name: 'after-outage' } });
    await until('the first news', () => has('after-outage'), 10_000);
  });

  it('notices a connection that went silent within 45 s and connects anew', async () => {
    proxy.blackHole();
    await admin.create(CONFIG_MAP, { metadata: { name: 'in-the-dark' } });
    await until('the news by another connection', () => has('in-the-dark'), 45_000);
    expect(lists()).toHaveLength(1);
  });

  it('reads the list again when history was compacted, deletes what is gone, and tells each change once', async () => {
    for (const name of ['stays', 'goes']) await admin.create(CONFIG_MAP, { metadata: { name } });
    await until('both', () => has('stays') && has('goes'));
    changes = [];
    await proxy.refuse();
    await admin.remove(CONFIG_MAP, 'goes');
    await admin.create(CONFIG_MAP, { metadata: { name: 'comes' } });
    await server.killApiServer();
    await server.compact();
    await server.startApiServer();
    await proxy.restore();
    await until('the new list', () => has('comes') && !has('goes'));
    expect(changes.sort()).toEqual(['+comes', '-goes']);
    expect(lists()).toHaveLength(2);
    await admin.remove(CONFIG_MAP, 'comes');
    await until('the watch after it', () => !has('comes'));
  });

  it('goes on after an etcd outage', async () => {
    await server.killEtcd();
    await server.startEtcd();
    await until('etcd behind the API server', () => admin.create(CONFIG_MAP, { metadata: { name: 'etcd-is-back' } }).then(() => true, () => false));
    await until('the news', () => has('etcd-is-back'), 15_000);
  });

  it('waits as long as Retry-After says, and speaks HTTP/1.1 where it must', async () => {
    const gateway = await startGateway(server);
    const asked: number[] = [];
    gateway.inject(({ url }) => {
      if (url?.includes('configmaps') !== true || asked.length >= 3) return undefined;
      asked.push(performance.now());
      return { status: asked.length === 1 ? 429 : 503, headers: { 'retry-after': '1' } };
    });
    await reflector.stop();
    await client.close();
    await watchThrough(gateway.port);
    await until('the watch', isWatching);
    const gaps = asked.slice(1).map((time, n) => time - (asked[n] ?? 0));
    expect(gaps).toHaveLength(2);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(990);
    await admin.create(CONFIG_MAP, { metadata: { name: 'by-http1' } });
    await until('news over HTTP/1.1', () => has('by-http1'));
    expect(client.noticesDeadWatches()).toBe(false);
    await gateway.close();
  });
});
