import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';
import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { node, onnxFile, tensor } from '../testing/tiny-onnx.ts';
import { itemsBundle } from '../testing/tiny-tasks.ts';
import { tryBounded } from './bounded.ts';

jest.setTimeout(60_000);
afterAll(removeTinyBundles);

const { onnx } = onnxProto;
const { INT64 } = onnx.TensorProto.DataType;
const MEMORY = 512 * 1024 ** 2;

/** The tiny model, changed; its first input is "user", its last node adds "offset" to the rows. */
function changed(change: (model: Onnx.ModelProto, graph: Onnx.GraphProto) => void): Uint8Array {
  const model = onnx.ModelProto.decode(tinyModel());
  change(model, model.graph as Onnx.GraphProto);
  return onnx.ModelProto.encode(model).finish();
}

async function trial(model: Uint8Array) {
  return tryBounded((await tinyBundle({ model })).dir, { bytes: MEMORY });
}

/** Makes the last node depend on a tensor of so many ones. */
const filling = (count: number) =>
  changed((_model, graph) => {
    const sum = { opType: 'ReduceSum', input: ['filled'], output: ['sum'], attribute: [{ name: 'keepdims', type: 2, i: 0 }] };
    graph.node.unshift(
      ...[
        { opType: 'ConstantOfShape', input: ['count'], output: ['filled'] },
        sum,
        { opType: 'Cast', input: ['sum'], output: ['whole'], attribute: [{ name: 'to', type: 2, i: INT64 }] },
      ].map((node) => onnx.NodeProto.create(node)),
    );
    graph.initializer.push(onnx.TensorProto.create({ name: 'count', dims: [1], dataType: INT64, int64Data: [count] }));
    const last = graph.node.find(({ opType }) => opType === 'Add');
    if (last) last.input = ['rows', 'whole'];
  });

describe('trying a bundle in bounded memory', () => {
  it('passes a good one, and says what its measures are', async () => {
    expect(await trial(tinyModel())).toMatchObject({ result: 'Passed', task: 'user-to-items', metrics: { 'ndcg@10': 0.4 } });
  });

  it.each([2_000_000_000, 1e15])('tells of a graph that asks for %d numbers, and outlives it', async (count) => {
    const message = expect.stringContaining('needs more memory');
    expect(await trial(filling(count))).toMatchObject({ result: 'Unavailable', reason: 'OutOfMemory', message });
  });

  it('lets a graph use what there is', async () => {
    expect(await trial(filling(1_000_000))).toMatchObject({ result: 'Passed' });
  });

  it.each<[string, Uint8Array]>([
    ['an operator that does not exist', changed((_model, graph) => void (graph.node[1] && (graph.node[1].opType = 'MatMulAndMore')))],
    ['a version of the operators from the future', changed((model) => void (model.opsetImport = [onnx.OperatorSetIdProto.create({ domain: '', version: 999 })]))],
    ['tables that do not fit each other', changed((_model, graph) => void (graph.initializer[1] && (graph.initializer[1].dims = [1, 25])))],
    ['an output that is not there', changed((_model, graph) => void graph.output.shift())],
  ])('refuses %s', async (_what, model) => {
    expect(await trial(model)).toMatchObject({ result: 'Invalid', reason: 'GraphInvalid' });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses weights that are %d', async (weight) => {
    const model = changed((_model, graph) => void graph.initializer[0]?.floatData?.fill(weight));
    expect(await trial(model)).toMatchObject({ result: 'Invalid', reason: 'GoldenMismatch' });
  });

  it('refuses item metadata that nests without end', async () => {
    const items = ['i0', 'i1', 'i2', 'i3', 'i4'].map((id) => `{"id": "${id}", "deep": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    const { dir } = await tinyBundle({ files: { 'items.jsonl': items.join('\n') } });
    expect(await tryBounded(dir, { bytes: MEMORY })).toMatchObject({ result: 'Invalid', reason: 'ContentInvalid' });
  });

  it('refuses a model that answers otherwise than its golden requests', async () => {
    const model = tinyModel({ bias: 1 });
    expect(await trial(model)).toMatchObject({ result: 'Invalid', reason: 'GoldenMismatch' });
  });

  it('passes a graph whose rows depend on each other, and tells how it is served', async () => {
    const model = onnxFile({
      inputs: { history: ['float', ['batch', 5]] },
      outputs: { scores: ['float', ['batch', 5]] },
      nodes: [
        node('MatMul', ['history', 'weights'], ['each']),
        node('ReduceMax', ['each'], ['most'], { keepdims: 1 }),
        node('Div', ['each', 'most'], ['scores']),
      ],
      tensors: [tensor('weights', 'float', [5, 5], Array.from({ length: 25 }, (_, at) => 1 + at))],
    });
    const inputs = [{ name: 'history', from: 'history', encoding: 'MultiHot', length: 3 } as const];
    const golden = [{ request: { history: ['item 0'] }, response: { items: [{ id: 'item 4', score: 1 }] } }];
    const { dir } = await itemsBundle({ task: 'items-to-items', inputs, model, golden });
    expect(await tryBounded(dir, { bytes: MEMORY })).toMatchObject({
      result: 'Passed',
      message: expect.stringMatching(/1 golden requests passed\. Warning: it will be served one request at a time, which is slower\. Its answer to a request depends on/),
      batchDependence: expect.stringContaining('set the first dimension of its inputs to 1'),
    });
  });
});

describe('a worker that ends while it loads the graph', () => {
  const TRIAL = fileURLToPath(new URL('./trial.ts', import.meta.url));

  /** The report of a process whose worker thread ends as soon as it starts, in which `act` may say why. */
  async function reportOfLost(act: string): Promise<unknown> {
    const ending = `data:text/javascript,process.on('worker',(worker)=>{${act};void worker.terminate();})`;
    const { dir } = await tinyBundle();
    const child = fork(TRIAL, [dir], { execArgv: ['--import', ending], silent: true });
    const [report] = (await once(child, 'message')) as unknown[];
    return report;
  }

  it('proves nothing about the bundle', async () => {
    expect(await reportOfLost('')).toMatchObject({ result: 'Unavailable', reason: 'Crashed', message: expect.stringContaining('the inference worker ended with code') });
  });

  it('is told of as a lack of memory if its last words say so', async () => {
    const words = "worker.emit('error',new Error('Worker%20terminated%20due%20to%20reaching%20memory%20limit'))";
    expect(await reportOfLost(words)).toMatchObject({ result: 'Unavailable', reason: 'OutOfMemory' });
  });
});
