import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ModelVersion } from '../../operator/api/model.ts';
import { until } from '../../tools/testenv/until.ts';
import { release } from '../../operator/testing/builders.ts';
import { assets } from '../../tools/testenv/processes.ts';
import { NAMESPACE, openEnv } from './env.ts';

/** A training job registers what it made, with the resources that the documentation shows and no more rights than those. */

jest.setTimeout(60_000);

const JOB = { token: 'token-of-the-job', name: `system:serviceaccount:${NAMESPACE}:training` };

const { env, server } = await openEnv({ users: [JOB] });

const guide = readFileSync(new URL('../../docs/decisions-log.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
const shown = (kind: string): string => blocks.find((text) => text.includes(`\nkind: ${kind}\n`)) ?? '';

const digest = `sha256:${'a'.repeat(64)}`;
const registration = shown('ModelVersion').replaceAll('sha256:…', digest);

/** @returns how kubectl ended, and all that it said */
function kubectl(args: readonly string[], input: string, token?: string): { code: number | null; says: string } {
  const config = server.kubeconfig(token === undefined ? {} : { token });
  const { status, stdout, stderr } = spawnSync(join(assets(), 'kubectl'), ['--kubeconfig', config, '--namespace', NAMESPACE, ...args], { input, encoding: 'utf8', timeout: 60_000 });
  return { code: status, says: `${stdout}${stderr}`.trim() };
}
const asJob = (args: readonly string[], input = '') => kubectl(args, input, JOB.token);

const registered = async () => (await env.get('ModelVersion', 'books-2.1.0')) as ModelVersion | undefined;

beforeAll(async () => {
  env.startOperator();
  await env.apply({ apiVersion: 'recommender.dev/v1alpha1', kind: 'RecommenderModel', metadata: { name: 'books', namespace: NAMESPACE }, spec: { release: release('1.0.0') } });
  expect(kubectl(['apply', '-f', '-'], shown('Role'))).toMatchObject({ code: 0 });
});

describe('a training job with the Role of the documentation', () => {
  it('registers a version, which waits as a candidate until a model asks for it', async () => {
    expect(asJob(['apply', '-f', '-'], registration)).toEqual({ code: 0, says: 'modelversion.recommender.dev/books-2.1.0 created' });
    await until('it is taken up', async () => (await registered())?.status?.stage === 'Candidate');
    expect((await registered())?.spec).toMatchObject({ model: 'books', version: '2.1.0', digest, lineage: { run: '17' } });
  });

  it('may say the same again, and not another digest', async () => {
    expect(asJob(['apply', '-f', '-'], registration)).toEqual({ code: 0, says: 'modelversion.recommender.dev/books-2.1.0 unchanged' });
    const other = asJob(['apply', '-f', '-'], registration.replaceAll(digest, `sha256:${'b'.repeat(64)}`));
    expect(other).toMatchObject({ code: 1, says: expect.stringContaining('cannot patch resource "modelversions"') });
    expect((await registered())?.spec.digest).toBe(digest);
  });

  it('cannot make it champion, and cannot delete it', async () => {
    const stolen = registration.replace('name: books-2.1.0', 'name: books-2.2.0').replace('version: 2.1.0', 'version: 2.2.0');
    expect(asJob(['create', '-f', '-'], `${stolen}status: {stage: Champion}\n`)).toMatchObject({ code: 0 });
    await until('it is taken up', async () => ((await env.get('ModelVersion', 'books-2.2.0')) as ModelVersion | undefined)?.status?.stage === 'Candidate');
    for (const verb of ['update', 'patch']) expect(asJob(['auth', 'can-i', verb, 'modelversions', '--subresource=status'])).toEqual({ code: 1, says: 'no' });
    expect(asJob(['delete', 'mv', 'books-2.1.0'])).toMatchObject({ code: 1, says: expect.stringContaining('cannot delete resource "modelversions"') });
    expect((await registered())?.status?.stage).toBe('Candidate');
  });
});
