import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { removeTinyBundles, tinyBundle } from '../../../serving/testing/tiny-bundle.ts';
import { boostedModel, namedUsersModel } from '../../../serving/testing/tiny-exports.ts';
import { similarityModel, textClassesModel, textItemsModel } from '../../../serving/testing/tiny-graphs.ts';
import { tinyModel } from '../../../serving/testing/tiny-model.ts';
import { node, onnxFile, tensor, type TinyGraph } from '../../../serving/testing/tiny-onnx.ts';
import { classesBundle, itemsBundle } from '../../../serving/testing/tiny-tasks.ts';
import { withExternalWeights } from '../testing/external-weights.ts';
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
  inputs: [{ name: 'history', from: 'history', encoding: 'MultiHot' }],
  model: similarityModel(),
  golden: [{ request: { history: ['item 0'] }, response: { items: [{ id: 'item 1', score: 0.5 }] } }],
});
const BY_TEXT = () => itemsBundle({
  task: 'text-to-items',
  inputs: [{ name: 'text', from: 'text' }],
  model: textItemsModel(),
  golden: [{ request: { text: 'red' }, response: { items: [{ id: 'item 0', score: 1 }] } }],
});

const BY_NAME = () => itemsBundle({
  task: 'user-to-items',
  inputs: [{ name: 'user', from: 'user_id' }],
  model: namedUsersModel(),
  golden: [{ request: { user_id: 'u1' }, response: { items: [{ id: 'item 1', score: 1 }] } }],
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

  it('asks for ids of users that only the graph knows, and for features that only callers know', async () => {
    await copyTrained((await BY_NAME()).dir, dir);
    const named = ['--model', 'tiny', '--version', '1.0.0', '--task', 'user-to-items'];
    expect(await pack(...named)).toMatchObject({ code: 1, stderr: expect.stringContaining('because they need user ids: provide some') });
    await write('requests.jsonl', '{"user_id": "u3"}');
    expect(await pack(...named, '--golden-requests', join(dir, 'requests.jsonl'))).toMatchObject({ code: 0 });
    expect(await manifestIn(dir)).toMatchObject({ inputs: [{ name: 'user', from: 'user_id' }] });

    await write('model.onnx', boostedModel());
    const features = ['--model', 'tiny', '--version', '1.0.0', '--task', 'context-to-items'];
    await rm(join(dir, 'golden.jsonl'));
    await rm(join(dir, 'bundle.yaml'));
    expect(await pack(...features)).toMatchObject({ code: 1, stderr: expect.stringContaining('because they need the field context.age') });
    await write('requests.jsonl', '{"context": {"age": 20}}');
    expect(await pack(...features, '--golden-requests', join(dir, 'requests.jsonl'))).toMatchObject({ code: 0 });
    expect(await manifestIn(dir)).toMatchObject({ inputs: [{ name: 'age', from: 'context.age' }], outputs: { scores: 'scores' } });
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

  it('puts weights into the graph that PyTorch keeps beside it', async () => {
    await copyTrained((await tinyBundle()).dir, dir);
    const { model, weights } = withExternalWeights();
    await write('model.onnx', model);
    expect((await pack(...NAMED)).stderr).toContain('The data of tensor "userFactors" is in model.onnx.data, which does not exist');
    await write('model.onnx.data', weights);
    const { code, stderr } = await pack(...NAMED, '--out', join(dir, 'out'));
    expect([code, stderr]).toEqual([0, expect.stringContaining('model.onnx: moved 1 tensor from model.onnx.data into it')]);
    expect(await readFile(join(dir, 'model.onnx'))).toEqual(Buffer.from(model));
    expect(await pack(...NAMED)).toMatchObject({ code: 0 });
    // A small model leaves a file of data that nothing is in.
    await write('model.onnx.data', '');
    expect(await pack(...NAMED)).toMatchObject({ code: 0, stderr: expect.stringContaining('does not name: model.onnx.data') });
  });

  it('warns of tables with NaN, and of a graph that answers everybody alike', async () => {
    await copyTrained((await tinyBundle()).dir, dir);
    const factors = Array.from({ length: 45 }, (_, index) => (index >= 40 ? NaN : index % 5));
    const alike: TinyGraph = {
      inputs: { user: ['int64', ['n']] },
      outputs: { scores: ['float', ['n', 5]] },
      nodes: [node('Gather', ['factors', 'user'], ['scores'])],
      tensors: [tensor('factors', 'float', [9, 5], factors)],
    };
    await write('model.onnx', onnxFile(alike));
    const { code, stderr } = await pack(...NAMED);
    expect([code, stderr]).toEqual([0, expect.stringContaining('warning: "factors" has NaN or infinite numbers in 1 of 9 rows (the first is row 8)')]);
    expect(stderr).toContain('warning: the graph gives the same answer to all of them');
  });

  it('says of a graph that answers by chance why its own answers do not fit', async () => {
    await copyTrained((await SIMILAR()).dir, dir);
    const noise: TinyGraph = {
      inputs: { history: ['float', ['batch', 5]] },
      outputs: { scores: ['float', ['batch', 5]] },
      nodes: [node('RandomNormalLike', ['history'], ['scores'])],
    };
    await write('model.onnx', onnxFile(noise));
    const { code, stderr } = await pack('--model', 'tiny', '--version', '1.0.0', '--task', 'items-to-items');
    expect([code, stderr]).toEqual([3, expect.stringMatching(/GoldenMismatch.*differently each time: export it for inference \(in PyTorch after model\.eval\(\)\)/)]);
    expect(stderr).not.toContain('Delete');
  });

  it('says that golden answers are those of an earlier graph', async () => {
    await copyTrained((await tinyBundle()).dir, dir);
    expect(await pack(...NAMED)).toMatchObject({ code: 0, stderr: expect.stringContaining('with answers that were recorded from the graph itself') });
    await write('model.onnx', tinyModel({ bias: 1 }));
    const { code, stderr } = await pack(...NAMED);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/GoldenMismatch.*recorded from an earlier graph: delete the golden requests or pass --golden-requests/)]);
  });

  it.each<[string, Pick<TinyGraph, 'outputs'>, RegExp]>([
    ['dictionaries', { outputs: { output_label: ['string', ['n']], output_probability: 'map' } }, /"output_probability" is not a tensor: .*options={'zipmap': False}.*CatBoost/],
    ['a column for each class', { outputs: { france: ['float', ['n']], italy: ['float', ['n']] } }, /zipmap="columns".*options={'zipmap': False}/],
  ])('says how a classifier is exported whose probabilities are %s', async (_what, outputs, sentence) => {
    await write('classes.json', '["France","Italy"]');
    await write('model.onnx', onnxFile({ inputs: { text: ['string', ['n', 1]] }, nodes: [], ...outputs }));
    expect((await pack('--model', 'tiny', '--version', '1.0.0', '--task', 'text-to-classes')).stderr).toMatch(sentence);
  });

  it.each<[string, string, string, string]>([
    ['a mapping of users to numbers', 'users.json', '{"u0":0,"u1":1}', 'users.json must be a list, not a mapping: write its keys in the order of their numbers.'],
    ['NaN of json.dumps', 'items.jsonl', '{"id":"i0"}\n{"id":"i1","price":NaN}\n', 'items.jsonl line 2 is not valid JSON: unexpected token \'N\'; NaN and Infinity are not JSON'],
    ['an id twice', 'items.jsonl', '{"id":"i0"}\n{"id":"i0"}\n', 'items.jsonl contains the id "i0" twice (entries 1 and 2).'],
    ['a version that is not quoted', 'bundle.yaml', 'version: 1.0\nmodel: tiny\ntask: user-to-items\n', 'version: must be a semantic version in quotes, such as "2.3.0", not the number 1'],
  ])('explains %s', async (_what, name, content, sentence) => {
    await copyTrained((await tinyBundle()).dir, dir);
    await write(name, content);
    const named = name === 'bundle.yaml' ? [] : NAMED;
    expect(await pack(...named)).toMatchObject({ stderr: expect.stringContaining(sentence) });
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
    expect((await pack(...NAMED)).stderr).toContain('popular.json: 0: must be a string, not the number 5: put it in quotes.');
    await write('popular.json', '["i0"');
    expect((await pack(...NAMED)).stderr).toContain("popular.json is not valid JSON: expected ',' or ']'");
    await rm(join(dir, 'popular.json'));
    expect((await pack(...NAMED)).stderr).toContain('fallback: is required. The folder has no popular.json,');
  });
});
