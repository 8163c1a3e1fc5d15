import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { checkout } from '../layout.ts';
import { sources, type Target, targets } from './sources.ts';

const ENTRIES: Record<Target, string> = { operator: 'operator/main.ts', serving: 'serving/main.ts', examples: 'examples/books/main.ts' };

const textOf = (path: string) => readFileSync(join(checkout, path), 'utf8');

/** What the stage of a target copies out of the checkout. */
function copied(target: Target): string[] {
  const [, stage = ''] = new RegExp(`^FROM runtime AS ${target}\\n([^]*?)(?=^FROM|$(?![^]))`, 'm').exec(textOf('Dockerfile')) ?? [];
  return [...stage.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));
}

/** Files that Node loads for the entry, the entry included. Imports of types alone are not there when it runs. */
function loaded(entry: string): Set<string> {
  const found = new Set<string>();
  const follow = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    const statements = textOf(path).matchAll(/^(?:import|export) (?!type )[^'"]*?from '(\.[^']+)'|\bimport\('(\.[^']+)'\)|^import '(\.[^']+)'/gm);
    for (const [, from, lazily, forEffect] of statements) follow(relative(checkout, join(checkout, dirname(path), from ?? lazily ?? forEffect ?? '')));
  };
  follow(entry);
  return found;
}

const isUnder = (path: string, roots: readonly string[]): boolean => roots.some((root) => path === root || path.startsWith(`${root}/`));

describe.each(targets)('the image of %s', (target) => {
  it('is made of what its tag is made of', () => {
    expect(copied(target).toSorted()).toEqual(sources[target].toSorted());
  });

  it('holds every file that its program loads', () => {
    expect([...loaded(ENTRIES[target])].filter((path) => !isUnder(path, sources[target]))).toEqual([]);
  });
});

describe('the image of the operator', () => {
  it('holds nothing of the serving program but the contract', () => {
    expect(sources.operator.filter((path) => path.startsWith('serving/'))).toEqual(['serving/contract']);
  });
});
