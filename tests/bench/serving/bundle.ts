import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sealBundle } from '../../../serving/bundle/seal.ts';
import { factorisationGraph, randomFactors, scoreOf } from './graph.ts';
import type { Factors } from './graph.ts';

export const USERS = 10_000;

/** A sealed bundle on this machine. Every server of the benchmark reads the same one. */
export interface BenchBundle {
  dir: string;
  digest: string;
  itemCount: number;
}

const GENRES = ['crime', 'poetry', 'history', 'travel', 'science'];

/** Writes the bundle of a matrix factorisation with `itemCount` items into a new temporary directory. */
export async function writeBundle(itemCount: number): Promise<BenchBundle> {
  const dir = await mkdtemp(join(tmpdir(), `bench-${itemCount}-`));
  const factors = randomFactors(USERS, itemCount);
  const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const items = ids('item-', itemCount);
  const files: Record<string, string | Uint8Array> = {
    'model.onnx': factorisationGraph(factors),
    'users.json': JSON.stringify(ids('u', USERS)),
    'items.jsonl': items.map((id, row) => `${JSON.stringify(described(id, row))}\n`).join(''),
    'popular.json': JSON.stringify(items.slice(0, 100)),
    'golden.jsonl': `${JSON.stringify(goldenRequest(factors))}\n`,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  const digest = await sealBundle(dir, {
    apiVersion: 'recommender.dev/bundle/v1',
    model: 'bench',
    version: '1.0.0',
    task: 'user-to-items',
    graph: 'model.onnx',
    inputs: [{ name: 'user', from: 'user_id', vocabulary: 'users.json', whenUnknown: 'Fallback' }],
    outputs: { items: 'items', scores: 'scores' },
    items: 'items.jsonl',
    fallback: 'popular.json',
    golden: 'golden.jsonl',
  });
  return { dir, digest, itemCount };
}

function described(id: string, row: number) {
  return { id, title: `The title of item ${row}`, genre: GENRES[row % GENRES.length], year: 1950 + (row % 75) };
}

/** The best item of the first user, computed here and not by the graph. */
function goldenRequest(factors: Factors) {
  const scores = Array.from({ length: factors.itemCount }, (_, column) => scoreOf(factors, 0, column));
  const best = scores.reduce((place, score, column) => (score > scores[place]! ? column : place), 0);
  const expected = { id: `item-${best}`, score: scores[best] };
  return { request: { user_id: 'u0', k: 1 }, response: { items: [expected] }, tolerance: 1e-3 };
}
