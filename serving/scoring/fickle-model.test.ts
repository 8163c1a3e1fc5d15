import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../testing/http.ts';
import { seriesValue } from '../testing/series.ts';
import { type ServingProcess, startServing } from '../testing/serving-process.ts';
import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';
import { ITEMS, USERS } from '../testing/tiny-model.ts';
import { node, onnxFile, tensor } from '../testing/tiny-onnx.ts';

const running: ServingProcess[] = [];
afterAll(async () => {
  for (const pod of running) await pod.kill();
  await removeTinyBundles();
});

/**
 * A graph that is right in about half of its runs, by a coin: in the others it adds 1 to all scores, or looks for a
 * user far beyond the last. Item `user mod ITEMS` scores 1, the others 0.
 */
function fickleModel(when: 'wrong' | 'failing'): Uint8Array {
  const factors = Array.from({ length: USERS * ITEMS }, (_, index) => (Math.floor(index / ITEMS) % ITEMS === index % ITEMS ? 1 : 0));
  const coin = [node('RandomUniform', [], ['chance'], { shape: { ints: [1] } }), node('Round', ['chance'], ['coin'])];
  const nodes = {
    wrong: [...coin, node('Gather', ['factors', 'user'], ['all']), node('Add', ['all', 'coin'], ['every'])],
    failing: [
      ...coin,
      node('Cast', ['coin'], ['side'], { to: 7 }),
      node('Mul', ['side', 'far'], ['away']),
      node('Add', ['user', 'away'], ['row']),
      node('Gather', ['factors', 'row'], ['every']),
    ],
  }[when];
  return onnxFile({
    inputs: { user: ['int64', ['batch']] },
    outputs: { items: ['int64', ['batch', ITEMS]], scores: ['float', ['batch', ITEMS]] },
    nodes: [...nodes, node('TopK', ['every', 'k'], ['scores', 'items'])],
    tensors: [tensor('factors', 'float', [USERS, ITEMS], factors), tensor('far', 'int64', [1], [1000]), tensor('k', 'int64', [1], [ITEMS])],
  });
}

async function serve(when: 'wrong' | 'failing', env: Record<string, string>): Promise<ServingProcess> {
  const pod = await startServing(await tinyBundle({ model: fickleModel(when) }), env);
  running.push(pod);
  return pod;
}

describe('a model that goes wrong in service', () => {
  it('makes its pod unready, and ready again when its golden answers are right again', async () => {
    const pod = await serve('wrong', { GOLDEN_INTERVAL_MS: '100' });
    const isReady = (wanted: boolean) => async () => (await fetch(`${pod.origin}/ready`)).ok === wanted;
    for (const wanted of [true, false, true, false]) await eventually(`ready: ${String(wanted)}`, isReady(wanted), 10_000);
    const response = await fetch(`${pod.origin}/ready`);
    if (!response.ok) expect(await response.json()).toMatchObject({ code: 'NotReady', detail: expect.stringContaining('The model fails its golden requests. Golden request 1') });
    expect(seriesValue(await pod.metrics(), 'recommendation_golden_failures_total')).toBeGreaterThanOrEqual(2);
    expect((await fetch(`${pod.origin}/health`)).status).toBe(200);
  });

  it('gives flagged popular items when it fails, which the next scrape shows', async () => {
    // Not replayed meanwhile: what fails here are requests of users.
    const pod = await serve('failing', { GOLDEN_INTERVAL_MS: '3600000' });
    const warm = async () => (await fetch(`${pod.origin}/v2/models/tiny`)).ok;
    await eventually('the model', warm);
    const answers: { fallback: boolean; items: { id: string }[] }[] = [];
    const before = seriesValue(await pod.metrics(), 'recommendation_inference_errors_total');
    for (let request = 0; request < 40; request += 1) {
      const body = JSON.stringify({ user_id: 'u1', k: 1 });
      const response = await fetch(`${pod.origin}/recommend`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      expect(response.status).toBe(200);
      answers.push((await response.json()) as (typeof answers)[number]);
    }
    const failed = answers.filter(({ fallback }) => fallback);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(40);
    for (const { fallback, items } of answers) expect(items[0]?.id).toBe(fallback ? 'i4' : 'i1');
    const scrape = await pod.metrics();
    expect(before).toBe(0);
    expect(seriesValue(scrape, 'recommendation_inference_errors_total')).toBe(failed.length);
    expect(seriesValue(scrape, 'recommendation_requests_total', { outcome: 'rescued' })).toBe(failed.length);
  });
});
