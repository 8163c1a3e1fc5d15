import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { generatedFiles } from './files.ts';
import { staleFiles, writeFiles } from './sync.ts';

const repository = new URL('../../', import.meta.url);
let folder: string;
let root: URL;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'generate-'));
  root = pathToFileURL(`${folder}/`);
});
afterEach(() => rm(folder, { recursive: true }));

describe('generated files', () => {
  it('are named when missing or stale, with the command that mends them', async () => {
    const files = [
      { path: 'a/one.txt', text: 'one' },
      { path: 'two.txt', text: 'two' },
    ];
    expect(await staleFiles(root, files, 'npm run generate')).toEqual([
      'a/one.txt is missing: run `npm run generate` and commit it.',
      'two.txt is missing: run `npm run generate` and commit it.',
    ]);
    expect(await writeFiles(root, files)).toEqual(['a/one.txt', 'two.txt']);
    expect(await staleFiles(root, files, 'npm run generate')).toEqual([]);
    await writeFile(join(folder, 'two.txt'), 'edited');
    expect(await staleFiles(root, files, 'npm run generate')).toEqual([
      'two.txt is stale: run `npm run generate` and commit it.',
    ]);
    expect(await writeFiles(root, files)).toEqual(['two.txt']);
    expect(await readFile(join(folder, 'two.txt'), 'utf8')).toBe('two');
  });

  it.each(['modelversions', 'recommendermodels'])('come from a schema without empty fields, as a comma in an unquoted description makes them: %s', async (name) => {
    const text = await readFile(new URL(`crds/${name}.yaml`, repository), 'utf8');
    expect(JSON.stringify(parse(text))).not.toMatch(/"[^"]*":null/);
  });

  it('of this repository are what the schemas and tables give', async () => {
    expect(await staleFiles(repository, await generatedFiles(repository), 'npm run generate')).toEqual([]);
  });
});
