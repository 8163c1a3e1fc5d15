import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { MANIFEST_NAME } from '../../serving/bundle/paths.ts';
import { sealBundle } from '../../serving/bundle/seal.ts';
import type { World } from './generate.ts';
import { goldenRequests } from './golden.ts';
import { recommenderModel, TOP } from './graph.ts';
import { topItems } from './metrics.ts';
import { HELD_OUT, measure, popularity, scoresOf, splitOf, type OfflineMetrics } from './train.ts';
import type { Split } from './split.ts';
import { trainVersion, type ChangedAfterSealing, type TrainedModel, type Version } from './versions.ts';

const MODEL_NAME = 'books';

/** What the store publishes about a bundle. */
export interface Published {
  version: string;
  /** `sha256:…` of bundle.yaml, as it was sealed. */
  digest: string;
  /** Where the bundle lies, relative to the store's address; ends in "/". */
  path: string;
  metrics: OfflineMetrics;
  summary: string;
}

const sha256 = (content: string | Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const jsonLines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Digest of everything that a model is trained from. */
export function dataDigest(world: World): string {
  const readings = Int32Array.from(world.readings.flatMap(({ user, item, order }) => [user, item, order]));
  return sha256(Buffer.concat([Buffer.from(JSON.stringify(world.books)), Buffer.from(readings.buffer)]));
}

/** Digest of this folder's sources without the tests: inside a container no Git repository could tell the revision. */
async function codeDigest(): Promise<string> {
  const here = new URL('.', import.meta.url);
  const names = (await readdir(here)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).sort();
  const sources = await Promise.all(names.map((name) => readFile(new URL(name, here), 'utf8')));
  return sha256(sources.join('\0'));
}

/** Trains one version and writes its bundle to DIR/VERSION/, replacing what is there. */
export async function writeBundle(dir: string, world: World, version: Version): Promise<Published> {
  const split = splitOf(world);
  const model = trainVersion(world, split, version);
  const metrics = measure(split, (user) => scoresOf(model.scoring, user));
  const target = join(dir, version.version);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await writeFiles(target, world, split, model);
  const digest = await sealBundle(target, await manifest(world, version, metrics));
  if (version.changedAfterSealing) await change(target, version.changedAfterSealing, world, split, version);
  return { version: version.version, digest, path: `/${version.version}/`, metrics, summary: version.summary };
}

async function writeFiles(target: string, world: World, split: Split, model: TrainedModel) {
  const popular = topItems(popularity(split, world.size.items), TOP, new Set()).map((item) => world.books[item]!.id);
  const contents: Record<string, string | Uint8Array> = {
    'model.onnx': recommenderModel(model.graph),
    'users.json': JSON.stringify(world.userIds),
    'items.jsonl': jsonLines(world.books),
    'popular.json': JSON.stringify(popular),
    'golden.jsonl': jsonLines(goldenRequests(world, model.scoring, model.graph.read)),
  };
  for (const [name, content] of Object.entries(contents)) await writeFile(join(target, name), content);
}

async function manifest(world: World, version: Version, metrics: OfflineMetrics) {
  return {
    apiVersion: 'recommender.dev/bundle/v1' as const,
    model: MODEL_NAME,
    version: version.version,
    task: 'user-to-items' as const,
    graph: 'model.onnx',
    inputs: [{ name: 'user', from: 'user_id' as const, vocabulary: 'users.json', whenUnknown: 'Fallback' as const }],
    outputs: { items: 'items', scores: 'scores' },
    items: 'items.jsonl',
    fallback: 'popular.json',
    golden: 'golden.jsonl',
    metrics: { ...metrics },
    lineage: {
      data: dataDigest(world),
      code: await codeDigest(),
      parameters: { algorithm: 'implicit ALS', ...version.als, heldOut: HELD_OUT, data: { ...world.size } },
      trainedAt: version.trainedAt,
    },
  };
}

/** What must not happen to a sealed bundle, done on purpose. */
async function change(target: string, what: ChangedAfterSealing, world: World, split: Split, version: Version) {
  if (what === 'Graph') {
    // The same shapes from another seed: a file of the same size that would load and answer.
    const other = trainVersion(world, split, { ...version, als: { ...version.als, seed: version.als.seed + 1 } });
    return writeFile(join(target, 'model.onnx'), recommenderModel(other.graph));
  }
  const path = join(target, MANIFEST_NAME);
  const sealed = await readFile(path, 'utf8');
  return writeFile(path, sealed.replace(/^( *recall@10:) .*$/m, '$1 0.9'));
}
