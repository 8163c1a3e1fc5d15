import { spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, listen } from '../../../serving/testing/http.ts';
import { removeTinyBundles, tinyBundle } from '../../../serving/testing/tiny-bundle.ts';
import { tinyModel } from '../../../serving/testing/tiny-model.ts';
import { onnxFile, type TinyGraph } from '../../../serving/testing/tiny-onnx.ts';
import { freePort } from '../../testenv/ports.ts';
import { withExternalWeights } from '../testing/external-weights.ts';
import { LAUNCHER, started } from '../testing/recommender.ts';
import { runHere } from '../testing/run-here.ts';
import { copyTrained, newFolder } from '../testing/trained.ts';

let dir: string;
beforeEach(async () => {
  dir = await newFolder();
});
afterEach(() => rm(dir, { recursive: true }));
afterAll(removeTinyBundles);

const bundle = (...args: string[]) => runHere('bundle', ...args);

describe('bundle verify', () => {
  it('fetches and tries what an address names', async () => {
    const tiny = await tinyBundle();
    const server = await listen(async (request, response) => {
      const content = await readFile(join(tiny.dir, request.url ?? '')).catch(() => undefined);
      response.writeHead(content === undefined ? 404 : 200).end(content);
    });
    const { code, stdout } = await bundle('verify', `${server.origin}/`, '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { result: 'Passed', digest: tiny.digest }]);
    const nothing = await bundle('verify', `${server.origin}/nothing/`);
    expect(nothing).toMatchObject({ code: 1, stdout: expect.stringMatching(/^Unavailable \(FileMissing\)/) });
    await server.close();
  });

  it('says by its exit code whether a bundle can ever pass', async () => {
    const tiny = await tinyBundle({ goldenScore: 3 });
    expect(await bundle('verify', tiny.dir)).toMatchObject({ code: 3, stdout: expect.stringMatching(/^Invalid \(GoldenMismatch\)/) });
    expect(await bundle('verify', dir)).toMatchObject({ code: 1, stderr: expect.stringContaining('is not a bundle yet: pack it with') });
    const claim = 'A claim can only be read inside the cluster';
    expect(await bundle('verify', 'pvc://models/1/')).toMatchObject({ code: 1, stderr: expect.stringContaining(claim) });
  });
});

describe('bundle inspect', () => {
  it('shows bundles, drafts and graphs', async () => {
    const tiny = await tinyBundle();
    const lines = /digest +sha256:.*batches +requests that wait are scored together.*memory +about 2\d\dMi.*default limit of 512Mi is enough.*input +user +int64 +\[batch\].*output +items +int64 +\[batch × 4\].*file +model\.onnx/s;
    expect((await bundle('inspect', tiny.dir)).stdout).toMatch(lines);
    const graph = JSON.parse((await bundle('inspect', join(tiny.dir, 'model.onnx'), '--json')).stdout) as object;
    expect(graph).toMatchObject({ graph: { opsets: { 'ai.onnx': 13 }, nodes: 4 } });
    await copyTrained(tiny.dir, dir);
    expect((await bundle('inspect', dir)).stdout).toMatch(/^digest +none \(not packed yet\)\n/);
  });
});

describe('bundle inspect of a graph that cannot be served', () => {
  it('shows what it is, and what to do', async () => {
    const newer = { inputs: { user: ['int64', ['n']] }, outputs: { scores: ['float', ['n', 5]] }, nodes: [], opset: 28 } satisfies TinyGraph;
    await writeFile(join(dir, 'newer.onnx'), onnxFile(newer));
    const { code, stdout } = await bundle('inspect', join(dir, 'newer.onnx'));
    expect([code, stdout]).toEqual([0, expect.stringMatching(/opsets +ai\.onnx 28, ai\.onnx\.ml 3 \(IR version 9\)\n.*fault +[^\n]*opset 28[^\n]*\n\ninput +user/s)]);
    await writeFile(join(dir, 'one.onnx'), tinyModel({ batch: 1 }));
    expect((await bundle('inspect', join(dir, 'one.onnx'))).stdout).toMatch(/batches +one request at a time: the first dimension of the input "user" is fixed/);
    await writeFile(join(dir, 'parted.onnx'), withExternalWeights().model);
    const parted = /fault +"parted\.onnx" keeps 1 tensor in other files \("model\.onnx\.data"\).*output +items/s;
    expect((await bundle('inspect', join(dir, 'parted.onnx'))).stdout).toMatch(parted);
  });
});

describe('the arguments of bundle', () => {
  it.each<[string[], (file: string) => string]>([
    [['pack'], () => "missing required argument 'dir'\n(run with --help for usage)"],
    [['pack', 'FILE'], (file) => `${file} is not a folder.`],
    [['pack', 'DIR', '--out', 'FILE'], (file) => `${file} is a file: set --out to a folder.`],
    [['pack', 'DIR', '--uri', 'bucket/tiny'], () => 'Expected https://HOST/PATH/'],
    [['pack', 'DIR', '--metric', 'ndcg'], () => 'Expected NAME=NUMBER.'],
    [['inspect', 'FILE'], (file) => `${file} is neither a folder nor an .onnx file.`],
    [['verify', 'FILE'], (file) => `${file} is not a folder.`],
    [['verify', 'FILE.not'], (file) => `Folder ${file}.not does not exist.`],
    [['serve', 'DIR'], () => 'npx recommender bundle pack'],
  ])('%j end with 1 and a sentence', async (words, sentence) => {
    const file = join(dir, 'notes.txt');
    await writeFile(file, '');
    const args = words.map((word) => word.replace('FILE', file).replace('DIR', dir));
    expect(await bundle(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining(sentence(file)) });
  });

  it.each(['pack', 'verify', 'inspect', 'serve', 'from-mlflow'])('of %s are shown by an example', async (command) => {
    expect((await bundle(command, '--help')).stdout).toMatch(new RegExp(`Examples:\\n {2}npx recommender bundle ${command} `));
  });
});

describe('npx recommender bundle', () => {
  it('packs in a process that ends, though the model it loaded has threads', async () => {
    await copyTrained((await tinyBundle()).dir, dir);
    const packed = await started(LAUNCHER, ['bundle', 'pack', dir, '--model', 'tiny', '--version', '1.2.0', '--task', 'user-to-items']);
    expect(packed).toMatchObject({ code: 0, stdout: expect.stringContaining('version: 1.2.0') });
  });

  it('hands on arguments and exit code', async () => {
    const { code, stderr } = await started(LAUNCHER, ['bundle', 'verify', join(dir, 'nothing')]);
    expect([code, stderr]).toEqual([1, `Error: Folder ${join(dir, 'nothing')} does not exist.\n`]);
  });

  // A supervisor tells the launcher alone, where a terminal tells every process; and what is killed tells nobody.
  it.each<[NodeJS.Signals, number | null]>([['SIGTERM', 0], ['SIGINT', 0], ['SIGKILL', null]])('serves like a pod until %s ends it', async (signal, code) => {
    const { dir: tiny } = await tinyBundle();
    const port = await freePort();
    const child = spawn(process.execPath, [LAUNCHER, 'bundle', 'serve', tiny, '--port', String(port)], { stdio: 'ignore' });
    const ended = new Promise<number | null>((done) => child.once('close', done));
    const url = `http://127.0.0.1:${port}`;
    const isServing = async () => (await fetch(`${url}/ready`).catch(() => undefined)) !== undefined;
    try {
      await eventually('readiness', async () => (await fetch(`${url}/ready`).catch(() => undefined))?.ok === true, 25_000);
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/recommend`, { method: 'POST', headers, body: '{"user_id":"ada"}' });
      expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ model: 'tiny' })]);
    } finally {
      child.kill(signal);
    }
    expect(await ended).toBe(code);
    await eventually('the port to be free', async () => !(await isServing()), 15_000);
  });
});
