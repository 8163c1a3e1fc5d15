/** Every task, from the bundle to the answer over HTTP, with the real commands of the image. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { listen } from './testing/http.ts';
import { seriesValue } from './testing/series.ts';
import { runCommand, type ServingProcess, startServing } from './testing/serving-process.ts';
import { removeTinyBundles, type TinyBundle } from './testing/tiny-bundle.ts';
import { sequenceModel, textClassesModel, textItemsModel } from './testing/tiny-graphs.ts';
import { classesBundle, itemsBundle } from './testing/tiny-tasks.ts';

const pods: ServingProcess[] = [];

async function serving(bundle: TinyBundle, env: Record<string, string> = {}) {
  const pod = await startServing(bundle, env);
  pods.push(pod);
  await pod.ready();
  const ask = async (body: object) => {
    const response = await fetch(`${pod.origin}/recommend`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { pod, ask };
}

afterEach(async () => {
  for (const pod of pods.splice(0)) await pod.kill();
});
afterAll(removeTinyBundles);

const itemOf = (request: object, id: string, score: number) => [{ request, response: { items: [{ id, score }] } }];

/** `w7` and `w8` have indices that the graph has no rows for. */
const histories = (ids = 9) =>
  itemsBundle({
    task: 'items-to-items',
    inputs: [{ name: 'history', from: 'history', encoding: 'Indices', length: 3, padding: 5, vocabulary: 'ids.json' }],
    model: sequenceModel(),
    outputs: { items: 'items', scores: 'scores' },
    golden: itemOf({ history: ['w1'] }, 'item 1', 1),
    files: { 'ids.json': JSON.stringify(Array.from({ length: ids }, (_, index) => `w${index}`)) },
  });
const texts = () =>
  itemsBundle({
    task: 'text-to-items',
    inputs: [{ name: 'text', from: 'text' }],
    model: textItemsModel({ opset: 21 }),
    golden: itemOf({ text: 'Dry' }, 'item 4', 1),
  });
const classes = () => classesBundle({ model: textClassesModel() });

describe('a served model', () => {
  it('of texts answers with items and their metadata, from two workers', async () => {
    const { pod, ask } = await serving(await texts(), { INFERENCE_THREADS: '2' });
    const asked = await Promise.all(Array.from({ length: 20 }, (_, index) => ask({ text: `a RED wine ${index}`, k: 1, filter: { tags: 'new' } })));
    for (const { status, body } of asked) {
      expect([status, body]).toMatchObject([200, { items: [{ id: 'item 0', score: 1, word: 'red', tags: ['new', 'red'] }], fallback: false }]);
    }
    const metrics = await pod.metrics();
    expect(seriesValue(metrics, 'recommendation_inference_batch_size_sum')).toBeGreaterThanOrEqual(20);
    expect(seriesValue(metrics, 'recommendation_inference_queue_length')).toBe(0);
  });

  it('of classes answers with labels', async () => {
    const { ask } = await serving(await classes());
    expect(await ask({ text: 'RED', k: 2 })).toMatchObject({
      status: 200,
      body: { classes: [{ label: 'France', probability: expect.closeTo(0.787, 3) }, { label: 'Italy' }], fallback: false },
    });
    expect(await ask({ user_id: 'u1' })).toMatchObject({ status: 400, body: { code: 'InvalidRequest', errors: [{ path: 'text' }] } });
  });

  it('of histories gives popular items for the ones it fails on, and counts them', async () => {
    const { pod, ask } = await serving(await histories());
    const asked = await Promise.all(['w1', 'w8', 'w2', 'w7'].map((id) => ask({ history: [id], k: 1 })));
    expect(asked.map(({ body }) => body)).toMatchObject([
      { items: [{ id: 'item 1' }], fallback: false },
      { items: [{ id: 'item 4' }], fallback: true },
      { items: [{ id: 'item 2' }], fallback: false },
      { items: [{ id: 'item 4' }], fallback: true },
    ]);
    expect(seriesValue(await pod.metrics(), 'recommendation_inference_errors_total')).toBe(2);
  });
});

describe('validation', () => {
  it.each<[string, () => Promise<TinyBundle>, object]>([
    ['items-to-items', () => histories(5), { result: 'Passed', task: 'items-to-items' }],
    ['text-to-items', texts, { result: 'Passed', task: 'text-to-items' }],
    ['text-to-classes', classes, { result: 'Passed', task: 'text-to-classes' }],
    ['text-to-classes with ZipMap', () => classesBundle({ model: textClassesModel({ zipmap: true }) }), { result: 'Invalid', reason: 'GraphInvalid', message: expect.stringContaining('zipmap') }],
  ])('of %s reports the outcome', async (_what, bundle, report) => {
    const { dir, digest } = await bundle();
    const work = await mkdtemp(join(tmpdir(), 'validate-'));
    const source = await listen(async (request, response) => response.end(await readFile(join(dir, request.url ?? ''))));
    await runCommand('serving/validate/main.ts', {
      MODEL_VERSION: '1.0.0',
      BUNDLE_URI: `${source.origin}/`,
      BUNDLE_DIGEST: digest,
      BUNDLE_DIR: join(work, 'bundle'),
      BUNDLE_ALLOWED_HOSTS: '127.0.0.1',
      TERMINATION_LOG: join(work, 'termination'),
    });
    expect(JSON.parse(await readFile(join(work, 'termination'), 'utf8'))).toMatchObject(report);
    await source.close();
    await rm(work, { recursive: true });
  });
});
