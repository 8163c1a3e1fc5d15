import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { ServingProcess } from '../../serving/testing/serving-process.ts';
import { exported, exportedBy, exportedByPyTorch, recommend, removeFolders, serve } from './exports/exported.ts';
import type { Exported, Known } from './exports/exported.ts';

/** Training, exporting and two starts of a process. */
const TAKES_MS = 120_000;
/** Between what Python predicts and what the service answers. */
const TOLERANCE = 1e-4;
const GOODBOOKS = fileURLToPath(new URL('../../../shared/data/goodbooks/books.csv.gz', import.meta.url));

const running: ServingProcess[] = [];
afterEach(async () => {
  for (const serving of running.splice(0)) await serving.kill();
});
afterAll(removeFolders);

/** Asks everything at once, so that requests share batches, and compares with what the model said in Python. */
async function expectSameAnswers(bundle: Exported): Promise<void> {
  const serving = await serve(bundle);
  running.push(serving);
  const answers = await Promise.all(bundle.known.map(({ request }) => recommend(serving, request)));
  for (const [index, { response }] of bundle.known.entries()) {
    const answer = answers[index] ?? {};
    expect(answer).toMatchObject({ model: bundle.model, version: bundle.version, fallback: false });
    expectSame(ranking(answer), ranking(response));
  }
}

function ranking({ items, classes }: Known['response']): (readonly [string, number])[] {
  if (classes !== undefined) return classes.map(({ label, probability }) => [label, probability]);
  return (items ?? []).map(({ id, score }) => [id, score]);
}

function expectSame(answered: (readonly [string, number])[], known: (readonly [string, number])[]): void {
  expect(known.length).toBeGreaterThan(0);
  const best = answered.slice(0, known.length);
  // Items whose scores are as close as float32 can tell may have changed places.
  expect(best.map(([name]) => name).sort()).toEqual(known.map(([name]) => name).sort());
  const scores = new Map(best);
  for (const [place, [name, score]] of known.entries()) {
    expect(Math.abs((scores.get(name) ?? Infinity) - score)).toBeLessThanOrEqual(TOLERANCE);
    expect(Math.abs((best[place]?.[1] ?? Infinity) - score)).toBeLessThanOrEqual(TOLERANCE);
  }
}

describe('a model that was trained and exported in Python answers over REST as it did in Python', () => {
  it.each([
    ['a text classifier of scikit-learn', 'scikit-learn/wine_origin.py', ['--opset', '17']],
    ['a text classifier of scikit-learn', 'scikit-learn/wine_origin.py', ['--opset', '21']],
    ['TF-IDF and cosine of scikit-learn', 'scikit-learn/books_by_text.py', ['--opset', '18']],
    ['factors of implicit', 'implicit/als.py', ['--opset', '17']],
    ['factors of implicit', 'implicit/als.py', ['--opset', '19']],
    ['item-item similarity of implicit', 'implicit/similar_books.py', ['--opset', '20']],
    ['neighbours of implicit', 'implicit/similar_books.py', ['--large', '--opset', '21']],
  ])('%s: %s %j', async (_what, program, args) => expectSameAnswers(await exported(program, args)), TAKES_MS);

  it.each(['dynamo', 'classic'] as const)('a two-tower network by the %s exporter of PyTorch', async (exporter) => {
    await expectSameAnswers(await exportedByPyTorch(exporter));
  }, TAKES_MS);

  (existsSync(GOODBOOKS) ? it : it.skip)('real titles, those with accents among them; skipped where the data set is not at hand', async () => {
    await expectSameAnswers(await exported('scikit-learn/books_by_text.py', ['--goodbooks', GOODBOOKS, '--count', '1000']));
  }, TAKES_MS);

  it('a graph for one request at a time', async () => {
    const fixed = [
      'for value in [*model.graph.input, *model.graph.output]:',
      '    value.type.tensor_type.shape.dim[0].dim_value = 1',
    ].join('\n');
    await expectSameAnswers(await exported('implicit/als.py', [], fixed));
  }, TAKES_MS);
});

describe('an export that does not do what the model does in Python is refused', () => {
  const wine = ['import wine_origin', 'main = partial(wine_origin.main, folder, "1.0.0", 17)'];

  it('words that the graph splits at accents', async () => {
    const bundle = exportedBy('scikit-learn', [...wine, String.raw`wine_origin.WORDS = r"(?u)\b\w\w+\b"`, 'main()']);
    await expect(bundle).rejects.toThrow(/Golden request \d+ of 23: .* scored/);
  }, TAKES_MS);

  it('sublinear_tf, which skl2onnx writes as another formula', async () => {
    const bundle = exportedBy('scikit-learn', [
      'import books_by_text as text',
      'text.TfidfVectorizer = partial(text.TfidfVectorizer, sublinear_tf=True)',
      'text.main(folder, "1.0.0", 17, text.books(), ["winter winter winter owl"])',
    ]);
    await expect(bundle).rejects.toThrow(/Golden request 1 of 1: item "\w+" scored/);
  }, TAKES_MS);

  it('probabilities as dictionaries, with the word on how to export them', async () => {
    const bundle = exportedBy('scikit-learn', [
      ...wine,
      'from pathlib import Path',
      'to_onnx = wine_origin.to_onnx',
      'wine_origin.to_onnx = lambda *given, options, **named: to_onnx(*given, **named)',
      'main()',
      'draft = Path(folder) / "bundle.yaml"',
      'draft.write_text(draft.read_text().replace(\'{"probabilities": "probabilities"}\', "{probabilities: output_probability}"))',
    ]);
    await expect(bundle).rejects.toThrow(/ZipMap/);
  }, TAKES_MS);
});
