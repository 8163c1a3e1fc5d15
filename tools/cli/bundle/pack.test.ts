import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { removeTinyBundles, tinyBundle } from '../../../serving/testing/tiny-bundle.ts';
import { similarityModel, textClassesModel, textItemsModel } from '../../../serving/testing/tiny-graphs.ts';
import { tinyModel } from '../../../serving/testing/tiny-model.ts';
import { classesBundle, itemsBundle } from '../../../serving/testing/tiny-tasks.ts';
import { runHere } from '../testing/run-here.ts';
import { copyTrained, manifestIn, newFolder } from '../testing/trained.ts';

let dir: string;
beforeEach(async () => {
  dir = await newFolder();
});
afterEach(() => rm(dir, { recursive: true }));
afterAll(removeTinyBundles);

const pack = (...args: string[]) => runHere('bundle', 'pack', dir, ...args);
const write = (name: string, content: string | Uint8Array) => writeFile(join(dir, name), content);
const goldenOf = async () =>
  (await readFile(join(dir, 'golden.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

const NAMED = ['--model', 'tiny', '--version', '1.2.0', '--task', 'user-to-items'];

const SIMILAR = () => itemsBundle({
  task: 'items-to-items',
  inputs: [{ name: 'history', from: 'history', encoding: 'MultiHot', length: 5 }],
  model: similarityModel(),
  golden: [{ request: { history: ['item 0'] }, response: { items: [{ id: 'item 1', score: 0.5 }] } }],
});
const BY_TEXT = () => itemsBundle({
  task: 'text-to-items',
  inputs: [{ name: 'text', from: 'text' }],
  model: textItemsModel(),
  golden: [{ request: { text: 'red' }, response: { items: [{ id: 'item 0', score: 1 }] } }],
});

describe('bundle pack', () => {
  it('turns a folder into a bundle, records golden answers, and prints the release', async () => {
    await copyTrained((await tinyBundle()).dir, dir);
    await write('notes.txt', 'not for the bundle');
    const { code, stdout, stderr } = await pack(...NAMED, '--metric', 'ndcg@10=0.4', '--uri', 's3://models/tiny/1.2.0');
    expect([code, stderr]).toEqual([0, expect.stringContaining('ignoring files that the manifest does not name: notes.txt')]);
    expect(stderr).toContain("recording the graph's answers to");
    const { release } = parse(stdout) as { release: Record<string, string> };
    const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
    expect(release).toMatchObject({ version: '1.2.0', uri: 's3://models/tiny/1.2.0/', digest });
    expect(await manifestIn(dir)).toMatchObject({ metrics: { 'ndcg@10': 0.4 }, inputs: [{ name: 'user', from: 'user_id' }] });
    const [first] = await goldenOf();
    expect(first).toMatchObject({ request: { user_id: 'u0' }, response: { items: [{ id: 'i0', score: 1 }, {}, {}, {}] } });
    const verified = await runHere('bundle', 'verify', dir, '--digest', release['digest'] ?? '');
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Passed: 5 files/) });
  });

  it('answers the requests it is given, and leaves the folder untouched with --out', async () => {
    await copyTrained((await tinyBundle()).dir, dir);
    await write('requests.jsonl', '{"user_id": "u3", "k": 2}\n{"request": {"user_id": "nobody"}}\n');
    const out = join(dir, 'out');
    const { code, stdout, stderr } = await pack(...NAMED, '--golden-requests', join(dir, 'requests.jsonl'), '--out', out, '--json');
    expect([code, stderr]).toEqual([0, expect.stringContaining('the fallback answers 1 of them')]);
    expect(JSON.parse(stdout)).toMatchObject({ dir: out, files: 5, release: { version: '1.2.0' } });
    await expect(readFile(join(dir, 'bundle.yaml'))).rejects.toThrow('ENOENT');
  });

  it('keeps golden answers that came with the model, and rejects a graph that answers differently', async () => {
    await cp((await tinyBundle({ goldenScore: 2 })).dir, dir, { recursive: true });
    const { code, stderr } = await pack('--version', '1.0.1');
    expect([code, stderr]).toEqual([3, expect.stringMatching(/does not pass validation \(GoldenMismatch\): Golden request 1 of 1.*expected 2/)]);
    expect(stderr).toContain("Delete golden.jsonl to record the graph's own answers instead.");
  });

  it.each([['items-to-items', SIMILAR], ['text-to-items', BY_TEXT]])('generates requests for the task %s', async (task, bundle) => {
    await copyTrained((await bundle()).dir, dir);
    expect(await pack('--model', 'tiny', '--version', '1.0.0', '--task', task)).toMatchObject({ code: 0 });
    expect((await goldenOf()).length).toBeGreaterThan(3);
  });

  it('asks for texts where it cannot generate them', async () => {
    await copyTrained((await classesBundle({ model: textClassesModel() })).dir, dir);
    const text = ['--model', 'tiny', '--version', '1.0.0', '--task', 'text-to-classes'];
    const sentence = 'Cannot generate golden requests because they need texts: provide some with --golden-requests FILE.';
    expect(await pack(...text)).toMatchObject({ code: 1, stderr: expect.stringContaining(sentence) });
    await write('requests.jsonl', '{"text": "RED"}');
    expect(await pack(...text, '--golden-requests', join(dir, 'requests.jsonl'))).toMatchObject({ code: 0 });
    expect((await goldenOf())[0]).toMatchObject({ response: { classes: [{ label: 'France' }, {}, {}] } });
  });

  it.each<[string, Record<string, string>, string[], RegExp]>([
    ['a folder without a graph', {}, NAMED, /model\.onnx does not exist: set `graph: FILE` in the draft of bundle\.yaml/],
    ['a draft that says too little', { 'model.onnx': '' }, ['--model', 'tiny'], /version: .*task|task: .*/s],
    ['a graph that is none', { 'model.onnx': 'text' }, NAMED, /model\.onnx" is .* ONNX model/],
    ['a draft that is not YAML', { 'bundle.yaml': '{' }, NAMED, /bundle\.yaml.* YAML/],
  ])('explains %s in a sentence', async (_what, files, args, message) => {
    for (const [name, content] of Object.entries(files)) await write(name, content || Buffer.from(tinyModel()));
    const { code, stderr } = await pack(...args);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('names fields and files that are missing or of the wrong type', async () => {
    await copyTrained((await tinyBundle()).dir, dir);
    await write('popular.json', '[5]');
    expect((await pack(...NAMED)).stderr).toContain('popular.json: 0: must be a string.');
    await write('popular.json', '["i0"');
    expect((await pack(...NAMED)).stderr).toMatch(/popular\.json is not (valid )?JSON/);
    await rm(join(dir, 'popular.json'));
    expect((await pack(...NAMED)).stderr).toContain('fallback: is required. The folder has no popular.json,');
  });
});
