import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { workspaces } from '../../packages/workspaces.ts';
import { checkout } from '../layout.ts';

export const targets = ['operator', 'serving', 'examples'] as const;

export type Target = (typeof targets)[number];

const manifests = ['.', ...workspaces].map((folder) => join(folder, 'package.json'));
const common = ['Dockerfile', '.dockerignore', '.npmrc', 'package-lock.json', ...manifests];

// The same folders as in the Dockerfile.
export const sources: Record<Target, readonly string[]> = {
  operator: ['operator', 'serving/contract'],
  serving: ['serving'],
  examples: ['serving', 'examples'],
};

/** Image of a target, tagged by the hash of everything that goes into it: a changed source is another image. */
export function imageOf(target: Target): string {
  const hash = createHash('sha256');
  for (const path of [...common, ...sources[target]].flatMap((name) => filesUnder(join(checkout, name)))) {
    hash.update(`${relative(checkout, path)}\0`).update(readFileSync(path));
  }
  return `recommender-${target}:${hash.digest('hex').slice(0, 12)}`;
}

// What .dockerignore lets through, in a fixed order.
function filesUnder(path: string): string[] {
  if (!existsSync(path)) return [];
  const entries = readdirIfFolder(path);
  if (!entries) return [path];
  return entries
    .filter((name) => !name.endsWith('.test.ts') && !['node_modules', '__pycache__', 'testing'].includes(name))
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

function readdirIfFolder(path: string): string[] | undefined {
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
}
