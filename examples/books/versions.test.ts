import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { onnx } from 'onnx-proto';

import { fetchBundle } from '../../serving/fetch/fetch.ts';
import { readBundle } from '../../serving/bundle/read.ts';
import { digestOf } from '../../serving/bundle/seal.ts';
import { buildAll, metricTable, type Built } from './build.ts';
import { generateWorld } from './generate.ts';
import { topItems } from './metrics.ts';
import { decodeModel } from './onnx.ts';
import type { GraphAnswer, GraphRun } from './run-graph.ts';
import { scoresOf, splitOf } from './train.ts';
import { droppedReaders, readByUser, trainVersion, VERSIONS } from './versions.ts';

/** Small enough to be quick, large enough for 50 unread items a reader. */
const world = generateWorld({ users: 240, items: 200, seed: 11 });
const split = splitOf(world);
const read = readByUser(split);
let dir: string;
let built: Built;

const versionNamed = (name: string) => VERSIONS.find(({ version }) => version === name)!;
const modelFile = (name: string) => join(dir, name, 'model.onnx');

/** The runtime must not be loaded inside a jest context, so it runs in a process of its own. */
function runGraphs(runs: GraphRun[]): Promise<GraphAnswer[][]> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'run-graph.ts');
    const child = execFile(process.execPath, [script], { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`run-graph.ts failed: ${stderr}`));
      else resolve(JSON.parse(stdout) as GraphAnswer[][]);
    });
    child.stdin!.end(JSON.stringify(runs));
  });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'books-'));
  const progress: string[] = [];
  built = await buildAll(dir, world, (line) => progress.push(line));
  expect(progress).toHaveLength(VERSIONS.length);
});

afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the graphs', () => {
  it.each(['1.0.0', '2.0.0', '2.1.0', '4.0.0'])('of %s answer what plain arithmetic answers', async (name) => {
    const { scoring } = trainVersion(world, split, versionNamed(name));
    const users = [0, 1, 57, 239];
    const [answers] = await runGraphs([{ file: modelFile(name), users }]);
    users.forEach((user, i) => {
      const answer = answers![i]!;
      if ('error' in answer) throw new Error(answer.error);
      const scores = scoresOf(scoring, user);
      const expected = topItems(scores, 50, new Set(read[user]));
      // Scores decide: two items may change places where rounding cannot tell them apart.
      expected.forEach((item, place) => expect(answer.scores[place]).toBeCloseTo(scores[item]!, 4));
      expect(new Set(answer.items).size).toBe(50);
      answer.items.forEach((item, place) => expect(scores[item]).toBeCloseTo(answer.scores[place]!, 4));
      expect(answer.items.filter((item) => read[user]!.includes(item))).toEqual([]);
    });
  });

  it('of 3.0.0 throws for the dropped readers and for nobody else', async () => {
    const users = world.userIds.map((_, user) => user);
    const [answers] = await runGraphs([{ file: modelFile('3.0.0'), users }]);
    const failing = users.filter((user) => 'error' in answers![user]!);
    expect(failing).toEqual(droppedReaders(read).sort((a, b) => a - b));
    expect(failing.length / users.length).toBeCloseTo(0.3, 2);
    expect(answers![failing[0]!]).toEqual({ error: expect.stringMatching(/out of data bounds/) });
  });
});

/** Multiplications and additions of a request for one user: 2·k·n for each [1 × k] × [k × n], times the loop's iterations. */
async function matrixWork(name: string): Promise<number> {
  const graph = decodeModel(await readFile(modelFile(name))).graph;
  if (!graph?.node || !graph.initializer) throw new Error(`${name} has no graph`);
  const shape = new Map(graph.initializer.map(({ name: tensor, dims }) => [tensor, dims?.map(Number) ?? []]));
  const initializers = graph.initializer;
  const work = (nodes: onnx.INodeProto[]): number => nodes.reduce((sum, { opType, input, attribute }) => {
    if (opType === 'MatMul') return sum + shape.get(input![1])!.reduce((product, length) => product * length, 2);
    if (opType !== 'Loop') return sum;
    const bytes = initializers.find((tensor) => tensor.name === input![0])!.rawData!;
    const iterations = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true);
    return sum + Number(iterations) * work(attribute![0]!.g!.node!);
  }, 0);
  return work(graph.node);
}

describe('4.0.0', () => {
  it('does more than 100,000 times the work of 2.0.0 for an answer', async () => {
    expect(await matrixWork('4.0.0')).toBeGreaterThan(1e5 * (await matrixWork('2.0.0')));
  });
});

describe('the bundles', () => {
  it('are the same, byte for byte, in a second run', async () => {
    const again = await mkdtemp(join(tmpdir(), 'books-again-'));
    const second = await buildAll(again, world, String);
    expect(second.index).toEqual(built.index);
    const graphs = (folder: string) => Promise.all(VERSIONS.map(({ version }) => readFile(join(folder, version, 'model.onnx'))));
    expect((await graphs(again)).map(digestOf)).toEqual((await graphs(dir)).map(digestOf));
    await rm(again, { recursive: true });
  });

  it.each(VERSIONS.map(({ version }) => version))('of %s have the form that the serving image reads', async (name) => {
    const bundle = await readBundle(join(dir, name));
    expect(bundle.manifest).toMatchObject({ model: 'books', version: name });
    expect(bundle.manifest.lineage.data).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect([bundle.vocabularies.get('users.json')?.size, bundle.items.length, bundle.fallback?.length, bundle.golden.length]).toEqual([240, 200, 50, 6]);
  });

  it('have golden requests of readers that 3.0.0 still serves', async () => {
    const dropped = new Set(droppedReaders(read).map((user) => world.userIds[user]));
    const { golden } = await readBundle(join(dir, '3.0.0'));
    expect(golden.filter(({ request }) => dropped.has(request.user_id ?? ''))).toEqual([]);
    expect(golden.at(-1)!.request.exclude).toHaveLength(1);
    expect(golden.map(({ expected }) => expected.length)).toEqual([10, 10, 10, 10, 10, 10]);
  });

  /** Fetches a bundle as a serving pod does, from a volume. */
  const fetched = (name: string) => fetchBundle({
    version: name, uri: `pvc://models/${name}`, digest: built.index.find(({ version }) => version === name)!.digest,
    dir: join(dir, 'fetched', name), claimDir: dir, allowedHosts: [], maxBytes: 2 ** 27,
    s3: { endpoint: undefined, region: undefined },
  });

  it.each(['1.0.0', '2.0.0', '2.1.0', '3.0.0', '4.0.0'])('of %s hold what the published digest pins', async (name) => {
    expect(await fetched(name)).toMatchObject({ version: name, files: { length: 5 } });
  });

  it.each([['5.0.0', 'FileMismatch', /model\.onnx/], ['5.1.0', 'DigestMismatch', /bundle\.yaml/]])(
    'of %s are refused: %s',
    async (name, reason, message) => {
      await expect(fetched(name)).rejects.toMatchObject({ reason, message: expect.stringMatching(message) });
    },
  );

  it('has in 5.0.0 a graph of the sealed size that answers, only another one', async () => {
    const { manifest } = await readBundle(join(dir, '5.0.0'));
    expect((await readFile(modelFile('5.0.0'))).length).toBe(manifest.files.find(({ path }) => path === 'model.onnx')!.size);
    const [answers] = await runGraphs([{ file: modelFile('5.0.0'), users: [0] }]);
    expect(answers).toEqual([{ items: expect.any(Array), scores: expect.any(Array) }]);
  });

  it('come with a table of their metrics', () => {
    const lines = metricTable(built).split('\n');
    expect(lines.map((line) => line.split(/ +/)[0])).toEqual(['version', 'popularity', ...VERSIONS.map(({ version }) => version)]);
  });
});
