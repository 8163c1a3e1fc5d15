import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What Node loads for a program: files of this repository, and packages. Both sorted. */
interface Loaded {
  files: string[];
  packages: string[];
}

const AT_START = String.raw`^(?:import|export) (?!type )[^'"]*?from '([^']+)'|^import '([^']+)'`;
const AT_START_ONLY = new RegExp(AT_START, 'gm');
/** Also what is loaded when it is needed, and what runs in a thread or a process of its own. */
const AT_ANY_TIME = new RegExp(String.raw`${AT_START}|\bimport\('([^']+)'\)|new URL\('(\.[^']+\.ts)', import\.meta\.url\)`, 'gm');

/**
 * Imports of types alone are gone when a program runs, and do not count.
 * @param entries relative to `root`, like all paths here
 * @param when `start`: without what is loaded lazily
 */
export function loadedBy(root: string, entries: readonly string[], when: 'start' | 'any time' = 'any time'): Loaded {
  const specifiers = when === 'start' ? AT_START_ONLY : AT_ANY_TIME;
  const files = new Set<string>();
  const packages = new Set<string>();
  const follow = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, ...groups] of readFileSync(join(root, file), 'utf8').matchAll(specifiers)) {
      const specifier = groups.find((group) => group !== undefined) ?? '';
      if (specifier.startsWith('.')) follow(join(dirname(file), specifier));
      else if (!specifier.startsWith('node:')) packages.add(packageOf(specifier));
    }
  };
  for (const entry of entries) follow(entry);
  return { files: [...files].toSorted(), packages: [...packages].toSorted() };
}

/** “@aws-sdk/client-s3” of “@aws-sdk/client-s3/dist/x.js”. */
const packageOf = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
