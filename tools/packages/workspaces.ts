import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The part of a package.json that is read here. */
interface Manifest {
  name: string;
  version: string;
  description: string;
  license: string;
  type: string;
  engines: Record<string, string>;
  private?: boolean;
  workspaces?: string[];
  bin?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** @param folder relative to the repository */
export const manifestOf = (folder = '.') => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;

/** Folders of the packages that this repository holds. */
export const workspaces = manifestOf().workspaces ?? [];

/** Source files below a folder, without tests and what only tests import. Relative to the repository. */
export function productFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => /\.(ts|mjs)$/.test(file) && !/\.test\.ts$|\/testing\/|node_modules\/|\.venv\//.test(file))
    .toSorted();
}
