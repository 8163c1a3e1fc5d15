import { describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unusedExports } from './exports.ts';
import { importGraph, isProduct, isSource } from './graph.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('the exports', () => {
  const graph = importGraph(root, ['operator', 'serving', 'tools', 'examples', 'tests'], isSource);

  it.each(['operator', 'tools', 'examples'])('of %s are all used by another file', (folder) => {
    const isChecked = (file: string) => file.startsWith(`${folder}/`) && isProduct(file) && !file.endsWith('.gen.ts');
    expect(unusedExports(root, graph, isChecked)).toEqual([]);
  });
});

describe('an export', () => {
  const used = (files: Record<string, string>): string[] => {
    const folder = mkdtempSync(join(tmpdir(), 'exports-'));
    mkdirSync(join(folder, 'src'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'src', name), text);
    const found = unusedExports(folder, importGraph(folder, ['src'], isSource), isProduct);
    rmSync(folder, { recursive: true });
    return found;
  };

  it.each([
    ['a constant', 'export const a = 1;', "import { a } from './a.ts';\nconsole.log(a);"],
    ['a type', 'export interface a {}', "import type { a } from './a.ts';\nconst b: a = {};"],
    ['a list', 'const b = 1;\nexport { b as a };', "import { a } from './a.ts';\nconsole.log(a);"],
    ['what is loaded later', 'export async function a() {}', "(await import('./a.ts')).a();"],
  ])('counts as used: %s', (_, source, user) => {
    expect(used({ 'a.ts': source, 'b.ts': user })).toEqual([]);
    expect(used({ 'a.ts': source })).toEqual(['src/a.ts: a']);
    expect(used({ 'a.ts': source, 'b.ts': 'const a = 1;\nconsole.log(a);' })).toEqual(['src/a.ts: a']);
  });
});
