import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFile } from 'node:fs/promises';

import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { startInference } from './inference.ts';
import type { Inference } from './inference.ts';

const lost = (reason: string) => {
  throw new Error(reason);
};

async function inferenceOf(model: Uint8Array): Promise<Inference> {
  const { dir } = await tinyBundle({ model });
  const names = { inputName: 'user', itemsName: 'items', scoresName: 'scores' };
  return startInference({ graphFile: `${dir}/model.onnx`, ...names }, lost);
}

afterAll(removeTinyBundles);

describe('inference in a worker', () => {
  let inference: Inference;
  beforeAll(async () => {
    // Factors for 5 of 8 users: Gather throws for the others.
    inference = await inferenceOf(tinyModel({ rows: 5 }));
  });
  afterAll(() => inference.close());

  it('scores a user: rows of the items, best first', async () => {
    const { items, scores } = await inference.score(3);
    expect([...items]).toEqual([3, 4, 2, 1]);
    expect(scores[0]).toBeCloseTo(1.03, 5);
  });

  it('makes no row of a number that is none', async () => {
    const large = await inferenceOf(tinyModel({ offset: 2 ** 32 }));
    expect([...(await large.score(3)).items]).toEqual([-1, -1, -1, -1]);
    await large.close();
  });

  it('answers many requests at once, each with its own user', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => inference.score(index % 5)));
    expect(answers.map(({ items }) => items[0])).toEqual(Array.from({ length: 200 }, (_, index) => index % 5));
  });

  it('fails only the users the graph cannot score, though they share a batch with others', async () => {
    const answers = await Promise.allSettled([0, 6, 1, 7, 2].map((user) => inference.score(user)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(answers[1]).toMatchObject({ reason: { message: expect.stringContaining('out of data bounds') } });
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
    expect(answers.map(({ items }) => items[0])).toEqual([0, 1, 2]);
    await inference.close();
  });
});

describe('graphs under another name', () => {
  it('are read as ONNX all the same, the one format that was searched for external data', async () => {
    const { dir } = await tinyBundle({ files: { 'model.ort': '' } });
    await copyFile(`${dir}/model.onnx`, `${dir}/model.ort`);
    const names = { inputName: 'user', itemsName: 'items', scoresName: 'scores' };
    const inference = await startInference({ graphFile: `${dir}/model.ort`, ...names }, lost);
    expect((await inference.score(3)).items[0]).toBe(3);
    await inference.close();
  });
});

describe('a worker that ends', () => {
  const setup = { graphFile: '', inputName: 'user', itemsName: 'items', scoresName: 'scores' };

  /** Workers that never answer; each can be made to end. */
  function silentWorkers() {
    const ends: (() => void)[] = [];
    const start: Parameters<typeof startInference>[2] = (_setup, { onExit }) => {
      ends.push(onExit);
      return Promise.resolve({ dynamicBatch: true, run: () => undefined, terminate: () => Promise.resolve(0) });
    };
    return { ends, start };
  }

  it('fails the requests it was running and is replaced', async () => {
    const { ends, start } = silentWorkers();
    const inference = await startInference(setup, lost, start);
    const running = inference.score(1);
    ends[0]?.();
    await expect(running).rejects.toThrow('the inference worker ended');
    expect(ends).toHaveLength(2);
  });

  it('is given up when it ends again and again', async () => {
    const { ends, start } = silentWorkers();
    const reasons: string[] = [];
    await startInference(setup, (reason) => void reasons.push(reason), start);
    for (let index = 0; index < 4; index += 1) {
      ends[index]?.();
      await Promise.resolve();
    }
    expect(reasons).toEqual(['the inference worker ended again and again']);
  });
});

describe('graphs that cannot be served', () => {
  it('are refused with a sentence when they are no ONNX model', async () => {
    await expect(inferenceOf(Buffer.from('not a model'))).rejects.toThrow('onnxruntime cannot load the graph');
  });

  it('are refused when the manifest declares another input', async () => {
    const { dir } = await tinyBundle();
    const setup = { graphFile: `${dir}/model.onnx`, inputName: 'reader', itemsName: 'items', scoresName: 'scores' };
    await expect(startInference(setup, lost)).rejects.toThrow('asks for the inputs "user"');
  });

  it('are refused when an output is missing', async () => {
    const { dir } = await tinyBundle();
    const setup = { graphFile: `${dir}/model.onnx`, inputName: 'user', itemsName: 'rows', scoresName: 'scores' };
    await expect(startInference(setup, lost)).rejects.toThrow('has no output "rows"');
  });
});
