import { afterAll, describe, expect, it } from '@jest/globals';
import type { UnsealedManifest } from '../bundle/manifest.ts';
import { readBundle } from '../bundle/read.ts';
import { cleanUp, served } from '../testing/served-model.ts';
import { TINY_MANIFEST, type TinyBundle, tinyBundle, sealedBundle } from '../testing/tiny-bundle.ts';
import { sequenceModel, textClassesModel, WORDS } from '../testing/tiny-graphs.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { node, onnxFile, tensor } from '../testing/tiny-onnx.ts';
import { classesBundle, itemsBundle } from '../testing/tiny-tasks.ts';
import { checkPromises } from './promises.ts';

type ItemsManifest = Extract<UnsealedManifest, { items: string }>;

afterAll(cleanUp);

async function promisesOf(bundle: TinyBundle): Promise<void> {
  const { model } = await served(bundle);
  await checkPromises(await readBundle(bundle.dir), model);
}

const ids = (prefix: string, count: number) => JSON.stringify(Array.from({ length: count }, (_, index) => `${prefix}${index}`));
const golden = (request: object) => `${JSON.stringify({ request, response: { items: [{ id: 'i0', score: 1 }] } })}\n`;

/** A graph of 8 users, whose manifest says something else of them. */
const users = (whenUnknown: 'Fallback' | { index: number }, files: Record<string, string> = {}) =>
  sealedBundle(
    { ...TINY_MANIFEST, inputs: [{ name: 'user', from: 'user_id', vocabulary: 'users.json', whenUnknown }] },
    {
      'model.onnx': tinyModel({ users: 8 }),
      'users.json': ids('u', 8),
      'items.jsonl': [0, 1, 2, 3, 4].map((row) => `{"id":"i${row}"}\n`).join(''),
      'popular.json': '["i0"]',
      'golden.jsonl': golden({ user_id: 'u0' }),
      ...files,
    },
  );

/** A graph whose table of items has 6 rows, the last for padding. */
const histories = (length: number, padding: number, vocabulary: number) =>
  itemsBundle({
    task: 'items-to-items',
    inputs: [{ name: 'history', from: 'history', encoding: 'Indices', length, padding, vocabulary: 'ids.json' }],
    model: sequenceModel(),
    outputs: { items: 'items', scores: 'scores' },
    golden: [{ request: { history: ['w0', 'w1', 'w2'] }, response: { items: [{ id: 'item 1', score: 1 }] } }],
    files: { 'ids.json': ids('w', vocabulary) },
  });

/** A graph that takes a history of any length, and has a table of only three places. */
const places = (length: object) =>
  itemsBundle({
    task: 'items-to-items',
    inputs: [{ name: 'history', from: 'history', encoding: 'Indices', ...length }],
    model: onnxFile({
      inputs: { history: ['int64', ['batch', 'n']] },
      outputs: { scores: ['float', ['batch', WORDS.length]] },
      nodes: [
        node('Shape', ['history'], ['columns'], { start: 1, end: 2 }),
        node('Squeeze', ['columns', 'first'], ['n']),
        node('Range', ['zero', 'n', 'one'], ['positions']),
        node('Gather', ['places', 'positions'], ['of_places']),
        node('Gather', ['table', 'history'], ['of_items']),
        node('Add', ['of_items', 'of_places'], ['both']),
        node('ReduceSum', ['both', 'axis'], ['scores'], { keepdims: 0 }),
      ],
      tensors: [
        tensor('first', 'int64', [1], [0]), tensor('axis', 'int64', [1], [1]), tensor('zero', 'int64', [], [0]), tensor('one', 'int64', [], [1]),
        tensor('places', 'float', [3, WORDS.length], Array.from({ length: 3 * WORDS.length }, (_, index) => index)),
        tensor('table', 'float', [WORDS.length, WORDS.length], Array.from({ length: WORDS.length ** 2 }, (_, index) => index + 1)),
      ],
    }),
    golden: [{ request: { history: ['item 0'] }, response: { items: [{ id: 'item 4', score: 1 }] } }],
  });

/** Scores of the items of a word of the context, from a table with a row for each word. */
const seasons = (season: object, words: number) =>
  itemsBundle({
    task: 'user-to-items',
    inputs: [
      { name: 'user', from: 'user_id', vocabulary: 'users.json', whenUnknown: 'Fallback' },
      { name: 'season', from: 'context.season', vocabulary: 'seasons.json', whenUnknown: 'Fallback', ...season },
    ],
    model: onnxFile({
      inputs: { user: ['int64', ['n']], season: ['int64', ['n']] },
      outputs: { scores: ['float', ['n', WORDS.length]] },
      nodes: [
        node('Gather', ['table', 'user'], ['of_user']),
        node('Gather', ['table', 'season'], ['of_season']),
        node('Add', ['of_user', 'of_season'], ['scores']),
      ],
      tensors: [tensor('table', 'float', [4, WORDS.length], Array.from({ length: 4 * WORDS.length }, (_, index) => index))],
    }),
    golden: [{ request: { user_id: 'u0', context: { season: 's0' } }, response: { items: [{ id: 'item 4', score: 1 }] } }],
    files: { 'users.json': ids('u', 4), 'seasons.json': ids('s', words) },
  });

describe('indices that a manifest can send', () => {
  it.each<[string, () => Promise<TinyBundle>]>([
    ['the row behind the users for those who are unknown', () => users({ index: 7 })],
    ['a row of padding', () => histories(3, 5, 5)],
    ['a word for every row of the context', () => seasons({}, 4)],
    ['as many ids of a history as there are places', () => places({ length: 3 })],
  ])('may be %s', async (_what, bundle) => {
    await expect(promisesOf(await bundle())).resolves.toBeUndefined();
  });

  it.each<[string, () => Promise<TinyBundle>, string]>([
    ['more users than rows', () => users('Fallback', { 'users.json': ids('u', 11) }), 'users.json has 11 entries, but the graph failed on row 10: '],
    ['an index for unknown users that is none', () => users({ index: 8 }), 'unknown values of user_id get the index 8 (whenUnknown), but the graph failed on it: '],
    ['padding that is no row', () => histories(3, 6, 5), 'a short history is filled up with the index 6 (padding), but the graph failed on it: '],
    ['more ids of a history than rows', () => histories(3, 5, 9), 'ids.json has 9 entries, but the graph failed on row 8: '],
    ['more ids at once than there are places', () => places({}), 'a history may have 5 ids (no length is set), but the graph failed on it: '],
    ['more words of the context than rows', () => seasons({}, 5), 'seasons.json has 5 entries, but the graph failed on row 4: '],
    ['an index for unknown words that is none', () => seasons({ whenUnknown: { index: 4 } }, 4), 'unknown values of context.season get the index 4'],
  ])('may not be %s, though golden requests send others', async (_what, bundle, sentence) => {
    await expect(promisesOf(await bundle())).rejects.toThrow(sentence);
  });

  it('are told with the rows that there are', async () => {
    const bundle = await users('Fallback', { 'users.json': ids('u', 11) });
    await expect(promisesOf(bundle)).rejects.toThrow('it looked up index 10 in a table with the rows 0 to 7.');
  });

  it('are told of the user for whom a table has no numbers', async () => {
    const factors = Array.from({ length: 40 }, (_, index) => (index === 37 ? NaN : index));
    const model = onnxFile({
      inputs: { user: ['int64', ['n']] },
      outputs: { scores: ['float', ['n', 5]] },
      nodes: [node('Gather', ['factors', 'user'], ['scores'])],
      tensors: [tensor('factors', 'float', [8, 5], factors)],
    });
    const bundle = await sealedBundle({ ...(TINY_MANIFEST as ItemsManifest), outputs: { scores: 'scores' } }, {
      'model.onnx': model,
      'users.json': ids('u', 8),
      'items.jsonl': [0, 1, 2, 3, 4].map((row) => `{"id":"i${row}"}\n`).join(''),
      'popular.json': '["i0"]',
      'golden.jsonl': golden({ user_id: 'u0' }),
    });
    await expect(promisesOf(bundle)).rejects.toThrow('users.json has 8 entries, but the graph failed on row 7');
  });

  it('pass where the graph has what the manifest says', async () => {
    await expect(promisesOf(await tinyBundle())).resolves.toBeUndefined();
  });
});

describe('numbers of a classifier', () => {
  const priors = [{ request: { text: 'RED' }, response: { classes: [{ label: 'France', probability: 0.8 }] } }, { request: { text: 'white' }, response: { classes: [] } }];

  it('are probabilities', async () => {
    await expect(promisesOf(await classesBundle({ model: textClassesModel(), golden: priors }))).resolves.toBeUndefined();
  });

  it.each<['Identity' | 'LogSoftmax', RegExp]>([
    ['Identity', /^The graph's output "probabilities" gave 2\.000 for the class "France", and probabilities are from 0 to 1: end the graph with Softmax/],
    ['LogSoftmax', /gave -0\.2395 for the class "\w+".*Sigmoid/],
  ])('are not those of %s', async (head, sentence) => {
    await expect(promisesOf(await classesBundle({ model: textClassesModel({ head }), golden: priors }))).rejects.toThrow(sentence);
  });

  it('are in the order of the labels that the graph gives itself', async () => {
    const labels = ['Spain', 'France', 'Italy'];
    const bundle = await classesBundle({ model: textClassesModel(), golden: priors, labels });
    await expect(promisesOf(bundle)).rejects.toThrow('classes.json has "Spain" for the column where the graph itself answers "France"');
  });
});
