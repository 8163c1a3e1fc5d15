import { copyFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Bundle } from '../bundle/bundle.ts';
import { readBundle } from '../bundle/read.ts';
import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { WorkerEnded } from './failures.ts';
import { planOf } from './graph-contract.ts';
import { startInference } from './inference.ts';
import type { Plan } from './messages.ts';
import type { StartWorker } from './slot.ts';
import type { GraphInfo } from './tensors.ts';

const lost = (reason: string): void => {
  throw new Error(reason);
};

const events = { onBatch: (_size: number): void => undefined, onRun: (): void => undefined, onLost: lost };

/** The model of a tiny bundle in as many workers, each request a user. */
async function inferenceOf(model: Uint8Array, threads = 1, changes: Partial<typeof events> = {}) {
  const bundle = await readBundle((await tinyBundle({ model })).dir);
  return inferenceOfBundle(bundle, threads, { ...events, ...changes });
}

async function inferenceOfBundle(bundle: Bundle, threads = 1, heard = events) {
  const options = { graphFile: bundle.graphFile, threads, planOf: (graph: GraphInfo) => planOf(bundle, graph) };
  const inference = await startInference(options, heard);
  return { ...inference, score: (user: number, signal?: AbortSignal) => inference.score(asUser(user), signal) };
}

const asUser = (user: number) => ({ row: [[user]], selection: { k: 10, banned: [], allowed: undefined } });

afterAll(removeTinyBundles);

describe('inference in a worker', () => {
  let inference: Awaited<ReturnType<typeof inferenceOf>>;
  beforeAll(async () => {
    // Factors for 5 of 8 users: Gather throws for the others.
    inference = await inferenceOf(tinyModel({ rows: 5 }));
  });
  afterAll(() => inference.close());

  it('scores a user: rows of the items, best first', async () => {
    const { rows, scores } = await inference.score(3);
    expect([...(rows ?? [])]).toEqual([3, 4, 2, 1]);
    expect(scores[0]).toBeCloseTo(1.03, 5);
  });

  it('makes no row of a number that is none', async () => {
    const large = await inferenceOf(tinyModel({ offset: 2 ** 32 }));
    expect([...((await large.score(3)).rows ?? [])]).toEqual([-2, -2, -2, -2]);
    await large.close();
  });

  it('answers many requests at once, each with its own user', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => inference.score(index % 5)));
    expect(answers.map(({ rows }) => rows?.[0])).toEqual(Array.from({ length: 200 }, (_, index) => index % 5));
  });

  it('fails only the users the graph cannot score, though they share a batch with others', async () => {
    const answers = await Promise.allSettled([0, 6, 1, 7, 2].map((user) => inference.score(user)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(answers[1]).toMatchObject({ reason: { message: 'its Gather node failed: it looked up index 6 in a table with the rows 0 to 4' } });
  });

  it('drops a request whose caller went away', async () => {
    const caller = new AbortController();
    const first = inference.score(1);
    const abandoned = inference.score(2, caller.signal);
    caller.abort();
    await expect(abandoned).rejects.toThrow('the caller went away');
    await expect(first).resolves.toBeDefined();
    await expect(inference.score(2, caller.signal)).rejects.toThrow('the caller went away');
  });
});

describe('graphs that take one user at a time', () => {
  it('are run one by one', async () => {
    const inference = await inferenceOf(tinyModel({ batch: 1 }));
    const answers = await Promise.all([0, 1, 2].map((user) => inference.score(user)));
    expect(answers.map(({ rows }) => rows?.[0])).toEqual([0, 1, 2]);
    await inference.close();
  });
});

describe('graphs under another name', () => {
  it('are read as ONNX all the same, the one format that was searched for external data', async () => {
    const { dir } = await tinyBundle({ files: { 'model.ort': '' } });
    await copyFile(`${dir}/model.onnx`, `${dir}/model.ort`);
    const inference = await inferenceOfBundle({ ...(await readBundle(dir)), graphFile: `${dir}/model.ort` });
    expect((await inference.score(3)).rows?.[0]).toBe(3);
    await inference.close();
  });
});

describe('workers that share a queue', () => {
  it('answer as one would, and go on when one of them is busy', async () => {
    const sizes: number[] = [];
    const inference = await inferenceOf(tinyModel(), 2, { onBatch: (size) => void sizes.push(size) });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => inference.score(index % 5)));
    expect(answers.map(({ rows }) => rows?.[0])).toEqual(Array.from({ length: 40 }, (_, index) => index % 5));
    expect(sizes.slice(0, 2)).toEqual([16, 16]);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(40);
    expect(inference.waiting()).toBe(0);
    await inference.close();
  });
});

describe('requests that come together', () => {
  it('go together, shared out among the workers that are free', async () => {
    const sizes: number[] = [];
    const inference = await inferenceOf(tinyModel(), 2, { onBatch: (size) => void sizes.push(size) });
    await Promise.all(Array.from({ length: 9 }, (_, index) => inference.score(index % 5)));
    expect(sizes).toEqual([5, 4]);
    await inference.close();
  });
});

/** Requests go to a worker at the end of the turn in which they came. */
const sent = () => new Promise((done) => setImmediate(done));

describe('a worker that ends', () => {
  const plan: Plan = {
    inputs: [{ name: 'user', type: 'int64', shape: [], encoding: 'Values', width: 1 }],
    answer: { kind: 'Ranked', items: 'items', scores: 'scores' },
    dynamicBatch: true,
  };
  const options = { graphFile: '', threads: 1, planOf: () => plan };

  /** Workers that never answer; each can be made to end. */
  function silentWorkers() {
    const ends: ((how: WorkerEnded) => void)[] = [];
    const nothing = () => undefined;
    const start: StartWorker = (_setup, { onExit }) => {
      ends.push(onExit);
      const graph = { inputs: [], outputs: [] };
      return Promise.resolve({ graph, setPlan: nothing, run: nothing, infer: nothing, poll: nothing, terminate: () => Promise.resolve(0) });
    };
    return { ends, start };
  }

  it('fails the requests it was running and is replaced', async () => {
    const { ends, start } = silentWorkers();
    const inference = await startInference(options, events, start);
    const running = inference.score(asUser(1));
    await sent();
    ends[0]?.(new WorkerEnded(1, 'Worker terminated'));
    await expect(running).rejects.toThrow('the inference worker ended with code 1: Worker terminated');
    expect(ends).toHaveLength(2);
    await inference.close();
  });

  it('is given up when it ends again and again', async () => {
    const { ends, start } = silentWorkers();
    const reasons: string[] = [];
    await startInference(options, { ...events, onLost: (reason: string) => void reasons.push(reason) }, start);
    for (let index = 0; index < 4; index += 1) {
      ends[index]?.(new WorkerEnded(1, undefined));
      await Promise.resolve();
    }
    expect(reasons).toEqual(['the inference worker ended with code 1, again and again']);
  });
});

describe('graphs that cannot be served', () => {
  it('are refused with a sentence when they are no ONNX model', async () => {
    await expect(inferenceOf(Buffer.from('not a model'))).rejects.toThrow('onnxruntime cannot load the graph');
  });
});
