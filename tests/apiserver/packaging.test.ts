import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MANAGER } from '../../operator/api/names.ts';
import { accessObjects } from '../../operator/plan/objects/access.ts';
import { RELEASE } from '../../tools/generate/helm.ts';
import { model, observed } from '../../operator/testing/builders.ts';
import { assets } from '../../tools/testenv/processes.ts';
import { startServer, type TestServer } from './server.ts';

const OPERATOR = { token: 'operator-of-the-test', name: `system:serviceaccount:${RELEASE.namespace}:${RELEASE.name}` };

let server: TestServer;
let admin: string;
let operator: string;

const kubectl = async (kubeconfig: string, ...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(join(assets(), 'kubectl'), ['--kubeconfig', kubeconfig, ...args]);
  return stdout.trim();
};

/** Writes an object to a file and creates it as the operator. */
const create = async (object: unknown): Promise<string> => {
  const file = join(server.dir, 'object.json');
  await writeFile(file, JSON.stringify(object));
  return kubectl(operator, 'create', '-o', 'name', '-f', file);
};

/** `kubectl auth can-i` exits with 1 for "no". */
const may = (...question: string[]): Promise<string> =>
  kubectl(operator, 'auth', 'can-i', ...question).catch((error: unknown) => (error as { stdout: string }).stdout.trim());

const lease = (name: string) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace: RELEASE.namespace },
});

beforeAll(async () => {
  server = await startServer({ users: [OPERATOR] });
  admin = server.kubeconfig();
  operator = server.kubeconfig({ token: OPERATOR.token });
  await kubectl(admin, 'create', 'namespace', RELEASE.namespace);
  await kubectl(admin, 'create', 'namespace', 'shop');
}, 60_000);
afterAll(() => server.stop());

describe('manifests/base', () => {
  it('is accepted by the API server, every field known', async () => {
    const applied = await kubectl(admin, 'apply', '--server-side', '--validate=strict', '-k', 'manifests/base');
    await kubectl(admin, 'wait', '--for=condition=Established', '--timeout=20s', 'crd', '--all');
    const lines = applied.split('\n');
    expect(lines.filter((line) => !line.endsWith('serverside-applied'))).toEqual([]);
    expect(lines).toContain(`deployment.apps/${RELEASE.name} serverside-applied`);
  });
});

describe("the operator's permissions", () => {
  it('suffice to give a model’s pods theirs', async () => {
    const created = [];
    for (const object of accessObjects(observed(model('1.0.0')))) {
      created.push(await create({ ...object, metadata: { ...object.metadata, ownerReferences: [] } }));
    }
    expect(created).toEqual([
      'serviceaccount/books-serving',
      'role.rbac.authorization.k8s.io/books-serving',
      'rolebinding.rbac.authorization.k8s.io/books-serving',
    ]);
  });

  it('do not suffice to give anyone more', async () => {
    const metadata = { name: 'thief', namespace: 'shop' };
    const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }];
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules };
    await expect(create(role)).rejects.toThrow(/attempting to grant RBAC permissions not currently held/);
  });

  it.each([
    ['list', 'recommendermodels', '-A', 'yes'],
    ['patch', 'recommendermodels', '--subresource=status', 'yes'],
    ['patch', 'recommendermodels', '-n=shop', 'no'],
    ['create', 'events.events.k8s.io', '-n=shop', 'yes'],
    ['delete', 'jobs.batch', '-n=shop', 'yes'],
    ['delete', 'services', '-n=shop', 'no'],
    ['get', 'secrets', '-n=shop', 'no'],
    ['create', 'pods', '--subresource=exec', 'no'],
    ['get', 'nodes', '-A', 'no'],
  ])('answer %s %s %s with %s', async (verb, resource, where, answer) => {
    expect(await may(verb, resource, where)).toBe(answer);
  });

  it('cover one Lease, in its own namespace', async () => {
    expect(await create(lease(MANAGER))).toBe(`lease.coordination.k8s.io/${MANAGER}`);
    const own = ['-n', RELEASE.namespace];
    expect(await may('update', `leases.coordination.k8s.io/${MANAGER}`, ...own)).toBe('yes');
    expect(await may('update', 'leases.coordination.k8s.io/another', ...own)).toBe('no');
    expect(await may('create', 'leases.coordination.k8s.io', '-n', 'shop')).toBe('no');
  });
});
