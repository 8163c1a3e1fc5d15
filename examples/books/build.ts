import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { writeBundle, type Published } from './bundle.ts';
import type { World } from './generate.ts';
import { measure, popularity, splitOf, type OfflineMetrics } from './train.ts';
import { VERSIONS } from './versions.ts';

const INDEX_NAME = 'index.json';

export interface Built {
  popularity: OfflineMetrics;
  index: Published[];
}

/** Trains every version and writes DIR/VERSION/… and DIR/index.json. `progress`: one line of text a step. */
export async function buildAll(dir: string, world: World, progress: (line: string) => void): Promise<Built> {
  await mkdir(dir, { recursive: true });
  const split = splitOf(world);
  const counts = popularity(split, world.size.items);
  const built: Built = { popularity: measure(split, () => counts), index: [] };
  for (const version of VERSIONS) {
    const published = await writeBundle(dir, world, version);
    built.index.push(published);
    progress(`${published.version} sealed as ${published.digest}`);
  }
  await writeFile(join(dir, INDEX_NAME), `${JSON.stringify(built.index, null, 2)}\n`);
  return built;
}

/** The offline metrics of all versions beside those of recommending what is popular. */
export function metricTable({ popularity: base, index }: Built): string {
  const row = (name: string, { 'recall@10': recall, 'ndcg@10': ndcg }: OfflineMetrics) =>
    `${name.padEnd(12)} ${recall.toFixed(4).padStart(9)} ${ndcg.toFixed(4).padStart(9)}`;
  const head = `${'version'.padEnd(12)} ${'recall@10'.padStart(9)} ${'NDCG@10'.padStart(9)}`;
  return [head, row('popularity', base), ...index.map(({ version, metrics }) => row(version, metrics))].join('\n');
}
