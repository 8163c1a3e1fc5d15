import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UnsealedManifest } from '../bundle/manifest.ts';
import { sealBundle } from '../bundle/seal.ts';
import { ITEMS, tinyModel, USERS } from './tiny-model.ts';

export interface TinyBundle {
  dir: string;
  digest: string;
  version: string;
}

interface TinyBundleOptions {
  version?: string;
  model?: Uint8Array;
  /** Expected score of the first golden request's best item. */
  goldenScore?: number;
  /** More files of the bundle, or other contents of the usual ones. */
  files?: Record<string, string>;
}

export const TINY_MANIFEST: UnsealedManifest = {
  apiVersion: 'recommender.dev/bundle/v1',
  model: 'tiny',
  version: '1.0.0',
  task: 'user-to-items',
  graph: 'model.onnx',
  inputs: [{ name: 'user', from: 'user_id', vocabulary: 'users.json', whenUnknown: 'Fallback' }],
  outputs: { items: 'items', scores: 'scores' },
  items: 'items.jsonl',
  fallback: 'popular.json',
  golden: 'golden.jsonl',
  metrics: { 'ndcg@10': 0.4 },
};

const made: string[] = [];

/** Removes every bundle this test file has made. */
export async function removeTinyBundles(): Promise<void> {
  for (const dir of made.splice(0)) await rm(dir, { recursive: true, force: true });
}

/** A sealed bundle of the tiny model in a new temporary directory: users u0…, items i0…, i4 the most popular. */
export async function tinyBundle(options: TinyBundleOptions = {}): Promise<TinyBundle> {
  const { version = '1.0.0', model = tinyModel(), goldenScore = 1, files = {} } = options;
  const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const golden = { request: { user_id: 'u0', k: 1 }, response: { items: [{ id: 'i0', score: goldenScore }] } };
  const contents: Record<string, string | Uint8Array> = {
    'model.onnx': model,
    'users.json': JSON.stringify(ids('u', USERS)),
    'items.jsonl': ids('i', ITEMS).map((id) => `${JSON.stringify({ id, title: `Title of ${id}` })}\n`).join(''),
    'popular.json': JSON.stringify(ids('i', ITEMS).reverse()),
    'golden.jsonl': `${JSON.stringify(golden)}\n`,
    ...files,
  };
  return sealedBundle({ ...TINY_MANIFEST, version }, contents);
}

/** A sealed bundle of these files in a new temporary directory. */
export async function sealedBundle(manifest: UnsealedManifest, files: Record<string, string | Uint8Array>): Promise<TinyBundle> {
  const dir = await mkdtemp(join(tmpdir(), 'bundle-'));
  made.push(dir);
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  return { dir, version: manifest.version, digest: await sealBundle(dir, manifest) };
}
