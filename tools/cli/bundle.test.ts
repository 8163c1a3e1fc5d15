import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

import { eventually, listen } from '../../serving/testing/http.ts';
import { removeTinyBundles, tinyBundle } from '../../serving/testing/tiny-bundle.ts';
import { similarityModel, textClassesModel, textItemsModel } from '../../serving/testing/tiny-graphs.ts';
import { freePort } from '../testenv/ports.ts';
import { tinyModel } from '../../serving/testing/tiny-model.ts';
import { classesBundle, itemsBundle } from '../../serving/testing/tiny-tasks.ts';
import { LAUNCHER, manifestIn, recommender } from './testing/bundle-command.ts';

jest.setTimeout(60_000);

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cli-'));
});
afterEach(() => rm(dir, { recursive: true }));
afterAll(removeTinyBundles);

const write = (name: string, content: string | Uint8Array) => writeFile(join(dir, name), content);
const manifestOf = (folder = dir) => manifestIn(folder);
const goldenOf = async () => (await readFile(join(dir, 'golden.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

/** A folder as a trainer leaves it: the files of a bundle, without the manifest and without golden requests. */
async function unpacked(from: { dir: string }): Promise<void> {
  await cp(from.dir, dir, { recursive: true });
  for (const name of ['bundle.yaml', 'golden.jsonl']) await rm(join(dir, name));
}

describe('bundle pack', () => {
  const named = ['--model', 'tiny', '--version', '1.2.0', '--task', 'user-to-items'];

  it('makes a bundle of a folder, answers golden requests, and prints the release', async () => {
    await unpacked(await tinyBundle());
    await write('notes.txt', 'not for the bundle');
    const { code, stdout, stderr } = await recommender('pack', dir, ...named, '--metric', 'ndcg@10=0.4', '--uri', 's3://models/tiny/1.2.0');
    expect([code, stderr]).toEqual([0, expect.stringContaining('left out, as the manifest does not name them: notes.txt')]);
    const { release } = parse(stdout) as { release: Record<string, string> };
    expect(release).toMatchObject({ version: '1.2.0', uri: 's3://models/tiny/1.2.0/', digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    expect(await manifestOf()).toMatchObject({ metrics: { 'ndcg@10': 0.4 }, inputs: [{ name: 'user', from: 'user_id' }] });
    expect((await goldenOf())[0]).toMatchObject({ request: { user_id: 'u0' }, response: { items: [{ id: 'i0', score: 1 }, {}, {}, {}] } });
    expect(await recommender('verify', dir, '--digest', release['digest'] ?? '')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Passed: 5 files/) });
  });

  it('answers the requests it is given, and leaves the folder as it is when told to write elsewhere', async () => {
    await unpacked(await tinyBundle());
    await write('requests.jsonl', '{"user_id": "u3", "k": 2}\n{"request": {"user_id": "nobody"}}\n');
    const out = join(dir, 'out');
    const { code, stdout, stderr } = await recommender('pack', dir, ...named, '--golden-requests', join(dir, 'requests.jsonl'), '--out', out, '--json');
    expect([code, stderr]).toEqual([0, expect.stringContaining('1 of them are answered by the fallback')]);
    expect(JSON.parse(stdout)).toMatchObject({ dir: out, files: 5, release: { version: '1.2.0' } });
    await expect(readFile(join(dir, 'bundle.yaml'))).rejects.toThrow('ENOENT');
  });

  it('keeps golden answers that came with the model, and refuses a graph that answers otherwise', async () => {
    const bundle = await tinyBundle({ goldenScore: 2 });
    await cp(bundle.dir, dir, { recursive: true });
    const { code, stderr } = await recommender('pack', dir, '--version', '1.0.1');
    expect([code, stderr]).toEqual([3, expect.stringMatching(/does not pass \(GoldenMismatch\): Golden request 1 of 1.*expected 2/)]);
  });

  it.each([
    ['items-to-items', () => itemsBundle({ task: 'items-to-items', inputs: [{ name: 'history', from: 'history', encoding: 'MultiHot', length: 5 }], model: similarityModel(), golden: [{ request: { history: ['item 0'] }, response: { items: [{ id: 'item 1', score: 0.5 }] } }] })],
    ['text-to-items', () => itemsBundle({ task: 'text-to-items', inputs: [{ name: 'text', from: 'text' }], model: textItemsModel(), golden: [{ request: { text: 'red' }, response: { items: [{ id: 'item 0', score: 1 }] } }] })],
  ] as const)('makes up requests of the task %s', async (task, bundle) => {
    await unpacked(await bundle());
    expect(await recommender('pack', dir, '--model', 'tiny', '--version', '1.0.0', '--task', task)).toMatchObject({ code: 0 });
    expect((await goldenOf()).length).toBeGreaterThan(3);
  });

  it('asks for texts where it cannot make them up', async () => {
    await unpacked(await classesBundle({ model: textClassesModel() }));
    const text = ['pack', dir, '--model', 'tiny', '--version', '1.0.0', '--task', 'text-to-classes'];
    expect(await recommender(...text)).toMatchObject({ code: 1, stderr: expect.stringContaining('give some with --golden-requests FILE') });
    await write('requests.jsonl', '{"text": "RED"}');
    expect(await recommender(...text, '--golden-requests', join(dir, 'requests.jsonl'))).toMatchObject({ code: 0 });
    expect((await goldenOf())[0]).toMatchObject({ response: { classes: [{ label: 'France' }, {}, {}] } });
  });

  it.each<[string, Record<string, string>, string[], RegExp]>([
    ['a folder without a graph', {}, named, /no .*model\.onnx/],
    ['a draft that says too little', { 'model.onnx': '' }, ['--model', 'tiny'], /version: .*task|task: .*/s],
    ['a graph that is none', { 'model.onnx': 'text' }, named, /"model\.onnx" is no ONNX model/],
    ['a draft that is no YAML', { 'bundle.yaml': '{' }, named, /not readable as YAML/],
  ])('explains %s in a sentence', async (_what, files, args, message) => {
    for (const [name, content] of Object.entries(files)) await write(name, content || Buffer.from(tinyModel()));
    const { code, stderr } = await recommender('pack', dir, ...args);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('bundle verify', () => {
  it('fetches and tries what an address names', async () => {
    const bundle = await tinyBundle();
    const server = await listen(async (request, response) => {
      const content = await readFile(join(bundle.dir, request.url ?? '')).catch(() => undefined);
      response.writeHead(content === undefined ? 404 : 200).end(content);
    });
    expect(await recommender('verify', `${server.origin}/`, '--json').then(({ code, stdout }) => [code, JSON.parse(stdout)])).toMatchObject([0, { result: 'Passed', digest: bundle.digest }]);
    expect(await recommender('verify', `${server.origin}/nothing/`)).toMatchObject({ code: 1, stdout: expect.stringMatching(/^Unavailable \(FileMissing\)/) });
    await server.close();
  });

  it('says by its exit code whether a bundle can ever pass', async () => {
    const bundle = await tinyBundle({ goldenScore: 3 });
    expect(await recommender('verify', bundle.dir)).toMatchObject({ code: 3, stdout: expect.stringMatching(/^Invalid \(GoldenMismatch\)/) });
    expect(await recommender('verify', join(dir, 'nothing'))).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no folder') });
    expect(await recommender('verify', dir)).toMatchObject({ code: 1, stderr: expect.stringContaining('no bundle yet') });
    expect(await recommender('verify', 'pvc://models/1/')).toMatchObject({ code: 1, stderr: expect.stringContaining('inside the cluster') });
  });
});

describe('bundle inspect', () => {
  it('shows bundles, drafts and graphs', async () => {
    const bundle = await tinyBundle();
    expect((await recommender('inspect', bundle.dir)).stdout).toMatch(/digest +sha256:.*input +user +int64 +\[batch\].*output +items +int64 +\[batch × 4\].*file +model\.onnx/s);
    expect(JSON.parse((await recommender('inspect', join(bundle.dir, 'model.onnx'), '--json')).stdout)).toMatchObject({ graph: { opsets: { 'ai.onnx': 13 }, nodes: 4 } });
  });
});

describe('the command line', () => {
  it('says what is wrong with its arguments, and how to learn more', async () => {
    const file = join(dir, 'notes.txt');
    await write('notes.txt', '');
    const endings = await Promise.all([
      recommender('pack'),
      recommender('pack', file),
      recommender('pack', dir, '--out', file),
      recommender('pack', dir, '--uri', 'bucket/tiny'),
      recommender('inspect', file),
      recommender('verify', file),
    ]);
    expect(endings.map(({ code, stderr }) => [code, stderr])).toEqual([
      [1, expect.stringContaining("missing required argument 'dir'\n(--help shows how it is used)")],
      [1, expect.stringContaining(`There is no folder ${file}.`)],
      [1, expect.stringContaining(`${file} is a file: name another folder with --out.`)],
      [1, expect.stringContaining('It is an address: https://')],
      [1, expect.stringContaining(`${file} is neither a folder nor an .onnx file.`)],
      [1, expect.stringContaining(`There is no folder ${file}.`)],
    ]);
  });

  it('names fields and files that are missing or of the wrong type', async () => {
    await unpacked(await tinyBundle());
    const named = ['--model', 'tiny', '--version', '1.2.0', '--task', 'user-to-items'];
    await write('popular.json', '[5]');
    expect((await recommender('pack', dir, ...named)).stderr).toContain('popular.json: 0: must be a string.');
    await write('popular.json', '["i0"');
    expect((await recommender('pack', dir, ...named)).stderr).toContain('popular.json is not JSON.');
    await rm(join(dir, 'popular.json'));
    expect((await recommender('pack', dir, ...named)).stderr).toContain('fallback: is missing. The folder has no popular.json,');
  });

  it.each(['pack', 'verify', 'inspect', 'from-mlflow'])('shows how to use %s by an example', async (command) => {
    expect((await recommender(command, '--help')).stdout).toMatch(new RegExp(`Examples:\\n {2}npx recommender bundle ${command} `));
  });
});

describe('bundle serve', () => {
  it('answers like a pod until it is told to end', async () => {
    const { dir: bundle } = await tinyBundle();
    const port = await freePort();
    const child = spawn(process.execPath, [LAUNCHER, 'bundle', 'serve', bundle, '--port', String(port)], { stdio: 'ignore' });
    const ended = new Promise<number | null>((done) => child.once('close', done));
    const url = `http://127.0.0.1:${port}`;
    try {
      await eventually('readiness', async () => (await fetch(`${url}/ready`).catch(() => undefined))?.ok === true, 50_000);
      const answer = await fetch(`${url}/recommend`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"user_id":"ada"}' });
      expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ model: 'tiny' })]);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended).toBe(0);
  });

  it('names the command that makes a bundle of a folder that is none', async () => {
    expect(await recommender('serve', dir)).toMatchObject({ code: 1, stderr: expect.stringContaining('recommender bundle pack') });
  });
});
