import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Kind } from '../../operator/api/objects.ts';
import { connect } from '../../operator/kube/client.ts';
import { kubeconfigEndpoint } from '../../operator/kube/kubeconfig.ts';
import { NotLeader } from '../../operator/kube/errors.ts';
import { createElector } from '../../operator/kube/lease.ts';
import { silentLog } from '../../operator/telemetry/log.ts';
import { createMetrics } from '../../operator/telemetry/metrics.ts';
import { until } from '../../tools/testenv/until.ts';
import { openServer } from './admin.ts';
import { startProxy } from './proxy.ts';
import type { AuditEntry } from './server.ts';

jest.setTimeout(60_000);

const LEASE: Kind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases', namespaced: true };

type Replica = { readonly process: ChildProcess; readonly name: string; output(): string };

const { server, admin } = await openServer();
let replicas: Replica[] = [];

afterEach(async () => {
  for (const { process } of replicas) process.kill('SIGKILL');
  replicas = [];
  await admin.remove(LEASE, 'operator').catch(() => undefined);
});

const startReplica = (name: string): Replica => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'leader.ts'), server.kubeconfig(), name], { stdio: 'pipe' });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const replica = { process: child, name, output: () => output };
  replicas.push(replica);
  return replica;
};

const leads = (replica: Replica) => replica.output().includes('leading');
const writesOf = ({ name }: Replica): AuditEntry[] =>
  server.audit(name).filter(({ verb, objectRef }) => verb === 'patch' && objectRef?.resource === 'configmaps');
const timeOf = (entry: AuditEntry | undefined) => Date.parse(entry?.requestReceivedTimestamp ?? '');
const holder = async () => ((await admin.get(LEASE, 'operator'))?.['spec'] as { holderIdentity?: string } | undefined)?.holderIdentity;

describe('leader election', () => {
  it('has one leader, who hands over at once when told to stop', async () => {
    const first = startReplica('first');
    await until('the first to lead', () => leads(first));
    const second = startReplica('second');
    await until('the first to write', () => writesOf(first).length > 20);
    expect([leads(second), writesOf(second).length]).toEqual([false, 0]);
    first.process.kill('SIGTERM');
    const stopped = performance.now();
    await until('the second to lead', () => leads(second));
    // The lease, which nobody waits for here, is of nine seconds.
    expect(performance.now() - stopped).toBeLessThan(5_000);
    await until('the second to write', () => writesOf(second).length > 5);
    expect(timeOf(writesOf(first).at(-1))).toBeLessThanOrEqual(timeOf(writesOf(second)[0]));
    expect(first.output()).toContain('refused: NotLeader');
  });

  it('waits for the lease of a killed leader to run out', async () => {
    const killed = startReplica('killed');
    await until('the first to lead', () => leads(killed));
    const heir = startReplica('heir');
    await until('the first to write', () => writesOf(killed).length > 5);
    killed.process.kill('SIGKILL');
    const died = performance.now();
    await until('the heir to lead', () => leads(heir), 30_000);
    const wait = performance.now() - died;
    expect(wait).toBeGreaterThan(3_000);
    // Twenty seconds is what a release may wait for a new leader; the lease itself runs out after nine here.
    expect(wait).toBeLessThan(20_000);
    expect(await holder()).toBe('heir');
  });

  it('lets a leader that was stopped write nothing more, not even in vain', async () => {
    const stopped = startReplica('stopped');
    await until('the first to lead', () => leads(stopped));
    await until('the first to write', () => writesOf(stopped).length > 20);
    const successor = startReplica('successor');
    stopped.process.kill('SIGUSR2');
    await until('the successor to lead', () => leads(successor), 30_000);
    await until('the successor to write', () => writesOf(successor).length > 20);
    stopped.process.kill('SIGCONT');
    await until('the stopped one to find out', () => stopped.output().includes('refused: NotLeader'));
    await until('more writes by the successor', () => writesOf(successor).length > 60);
    const takeover = timeOf(writesOf(successor)[0]);
    const late = writesOf(stopped).filter((entry) => timeOf(entry) >= takeover);
    expect(late).toEqual([]);
    expect(await holder()).toBe('successor');
    expect(stopped.output()).toContain('was not renewed for 6 s');
  });

  it('ends when the API server cannot be reached for the renew deadline, and its metric says so', async () => {
    const proxy = await startProxy(server.port);
    const client = connect(kubeconfigEndpoint({ kubeconfig: server.kubeconfig({ port: proxy.port }) }));
    const metrics = createMetrics();
    const elector = createElector({ client, namespace: 'default', name: 'operator', identity: 'me', log: silentLog, metrics, leaseSeconds: 9, retrySeconds: 0.3 });
    const status = async () => /leader_election_master_status\{name="operator"\} (\d)/.exec(await metrics.registry.metrics())?.[1];
    expect(elector.fence).toThrow(NotLeader);
    elector.start();
    await elector.acquired();
    expect([elector.isLeader(), await status()]).toEqual([true, '1']);
    proxy.blackHoleAll();
    await elector.ended();
    expect(elector.fence).toThrow(NotLeader);
    expect([elector.isLeader(), elector.signal.aborted, await status()]).toEqual([false, true, '0']);
    await elector.release();
    await client.close();
    await proxy.close();
  });

  it('survives that somebody deletes the lease', async () => {
    const client = connect(kubeconfigEndpoint({ kubeconfig: server.kubeconfig() }));
    const elector = createElector({ client, namespace: 'default', name: 'operator', identity: 'me', log: silentLog, leaseSeconds: 9, retrySeconds: 0.2 });
    elector.start();
    await elector.acquired();
    const uid = (await admin.get(LEASE, 'operator'))?.metadata.uid;
    await admin.remove(LEASE, 'operator');
    await until('a new lease', async () => {
      const lease = await admin.get(LEASE, 'operator');
      return lease !== undefined && lease.metadata.uid !== uid;
    });
    expect(elector.isLeader()).toBe(true);
    await elector.release();
    expect(await holder()).toBeUndefined();
    await client.close();
  });
});
