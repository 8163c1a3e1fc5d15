import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../../serving/testing/http.ts';
import { removeTinyBundles, tinyBundle } from '../../serving/testing/tiny-bundle.ts';
import { freePort } from '../../tools/testenv/ports.ts';

jest.setTimeout(300_000);

/** Has nothing but the installed tarball; no folder above it has node_modules. */
let folder: string;

const command = (name: string) => join(folder, 'node_modules/.bin', name);

async function run(file: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, args, { cwd: folder });
  return stdout;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tarball-'));
  const tarballs = await mkdtemp(join(tmpdir(), 'tarballs-'));
  try {
    await promisify(execFile)('npm', ['run', '--silent', 'pack:cli', tarballs]);
    await writeFile(join(folder, 'package.json'), '{"private": true}');
    // What npm fetched for the checkout is in its cache.
    await run('npm', 'install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', join(tarballs, 'recommender-operator-cli-0.1.0.tgz'));
  } finally {
    await rm(tarballs, { recursive: true });
  }
}, 300_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await removeTinyBundles();
});

describe('the command line, installed from its tarball in an empty folder', () => {
  it('checks resources', async () => {
    await writeFile(join(folder, 'model.yaml'), await run('npx', 'recommender', 'init', 'books'));
    expect(await run('npx', 'recommender', 'lint', 'model.yaml')).toContain('placeholder');
    await writeFile(join(folder, 'wrong.yaml'), 'apiVersion: recommender.dev/v1alpha1\nkind: RecommenderModel\nmetadata: {name: books}\nspec: {}\n');
    await expect(run('npx', 'recommender', 'lint', 'wrong.yaml')).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('missing required field release') });
  });

  it('is a plugin of kubectl, completion included, and looks for a cluster', async () => {
    expect(await run(command('kubectl-recommender'), '--help')).toContain('Usage: recommender [options] [command]');
    const path = `${join(folder, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
    const { stdout } = await promisify(execFile)(command('kubectl_complete-recommender'), ['ver'], { env: { ...process.env, PATH: path } });
    expect(stdout).toContain('versions');
    const nowhere = { KUBECONFIG: join(folder, 'nowhere'), PATH: path };
    await expect(promisify(execFile)(command('kubectl-recommender'), ['status', 'books'], { env: nowhere })).rejects.toMatchObject({
      stderr: expect.stringContaining('Cannot find a cluster'),
    });
  });

  it('packs, verifies and serves bundles', async () => {
    const { dir } = await tinyBundle();
    const out = join(folder, 'bundle');
    await mkdir(out);
    expect(await run(command('recommender'), 'bundle', 'pack', dir, '--out', out)).toContain('sha256:');
    expect(await run(command('recommender'), 'bundle', 'verify', out, '--memory', '512')).toMatch(/^Passed: /);
    const port = await freePort();
    const child = spawn(command('recommender'), ['bundle', 'serve', out, '--port', String(port)], { stdio: 'ignore' });
    const ended = new Promise<number | null>((done) => child.once('close', done));
    const url = `http://127.0.0.1:${port}`;
    try {
      await eventually('readiness', async () => (await fetch(`${url}/ready`).catch(() => undefined))?.ok === true, 50_000);
      const answer = await fetch(`${url}/recommend`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"user_id":"u0"}' });
      expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ model: 'tiny' })]);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
  });
});
