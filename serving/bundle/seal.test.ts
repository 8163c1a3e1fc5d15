import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { removeTinyBundles, TINY_MANIFEST, tinyBundle } from '../testing/tiny-bundle.ts';
import { readBundle } from './read.ts';
import { sealBundle } from './seal.ts';

afterAll(removeTinyBundles);

describe('sealing', () => {
  it('gives equal directories equal digests, and is not disturbed by an earlier seal', async () => {
    const [one, other] = [await tinyBundle(), await tinyBundle()];
    expect(other.digest).toBe(one.digest);
    expect(await sealBundle(one.dir, TINY_MANIFEST)).toBe(one.digest);
  });

  it('gives another digest when one byte differs', async () => {
    const { dir, digest } = await tinyBundle();
    await writeFile(join(dir, 'popular.json'), '["i0"]');
    expect(await sealBundle(dir, TINY_MANIFEST)).not.toBe(digest);
  });

  it('refuses links', async () => {
    const { dir } = await tinyBundle();
    await symlink('/etc/passwd', join(dir, 'link'));
    await expect(sealBundle(dir, TINY_MANIFEST)).rejects.toThrow('"link" is not a regular file');
  });

  it('refuses a manifest that names a file which is not there', async () => {
    const { dir } = await tinyBundle();
    await expect(sealBundle(dir, { ...TINY_MANIFEST, golden: 'gold.jsonl' })).rejects.toThrow('"gold.jsonl" is used but not listed');
  });
});

describe('reading a sealed bundle', () => {
  it('gives ids, rows and golden requests ready for use', async () => {
    const { dir, digest } = await tinyBundle();
    const bundle = await readBundle(dir);
    expect(bundle).toMatchObject({ digest, golden: [{ request: { user_id: 'u0', k: 1 }, tolerance: 1e-4 }] });
    expect(bundle.fallback?.map(({ row }) => row)).toEqual([4, 3, 2, 1, 0]);
    expect([bundle.vocabularies.get('users.json')?.get('u3'), bundle.items[2]]).toEqual([3, { id: 'i2', title: 'Title of i2' }]);
  });

  it('takes a byte order mark for what it is', async () => {
    const { dir, digest } = await tinyBundle({ files: { 'popular.json': '\ufeff["i1"]' } });
    await writeFile(join(dir, 'bundle.yaml'), `\ufeff${await readFile(join(dir, 'bundle.yaml'), 'utf8')}`);
    const bundle = await readBundle(dir);
    expect(bundle.fallback).toEqual([{ row: 1, score: 0 }]);
    expect(bundle.digest).not.toBe(digest);
  });

  it.each(['items.jsonl', 'users.json', 'popular.json', 'golden.jsonl'])('refuses %s in an encoding of Windows', async (name) => {
    const { dir } = await tinyBundle();
    await writeFile(join(dir, name), Buffer.from('["José"]', 'latin1'));
    await expect(readBundle(dir)).rejects.toThrow(`${name} is not UTF-8 (line 1)`);
  });

  it.each([
    ['users.json', '["u0","u1","u0"]', 'users.json contains a word twice (entries 1 and 3).'],
    ['users.json', '{"u0":0}', 'users.json must be a list, not a mapping: write its keys in the order of their numbers.'],
    ['items.jsonl', '{"id":"i0"}\n{"name":"x"}\n', 'items.jsonl line 2: id'],
    ['items.jsonl', '{"id":"a"}\n{"id":"b"}\n{"id":"b"}\n{"id":"a"}\n', 'items.jsonl contains the id "a" twice (entries 1 and 4), and 1 more duplicate.'],
    ['items.jsonl', '{"id":"i0","price":NaN}', 'items.jsonl line 1 is not valid JSON: unexpected token'],
    ['items.jsonl', '[{"id":"i0"}]', 'items.jsonl line 1 must be an object, one a line, and not a list of all of them.'],
    ['popular.json', '["i9"]', 'popular.json names "i9"'],
    ['golden.jsonl', '\n', 'golden.jsonl must contain at least one request that the model can score'],
    ['golden.jsonl', '{"request":{"user_id":"stranger"},"response":{"items":[{"id":"i4","score":0}]}}', 'nothing tests the graph'],
    ['golden.jsonl', '{"request":{"k":0},"response":{"items":[]}}', 'golden.jsonl line 1: request.k'],
  ])('refuses %s with %s', async (name, content, sentence) => {
    const { dir } = await tinyBundle({ files: { [name]: content } });
    await expect(readBundle(dir)).rejects.toThrow(sentence);
  });
});
