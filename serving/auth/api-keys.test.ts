import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../testing/http.ts';
import { type ApiKeys, followApiKeys } from './api-keys.ts';
import { parseKeyFile } from './key-files.ts';

const hashOf = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;

let dir: string;
let keys: ApiKeys | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'api-keys-'));
});
afterEach(async () => {
  keys?.close();
  await rm(dir, { recursive: true });
});

/** Mounts a Secret as Kubernetes does: files are links through `..data`, which is swapped in one step. */
async function mount(files: Record<string, string>, revision: number): Promise<void> {
  const data = join(dir, `..revision${revision}`);
  await mkdir(data);
  for (const [name, text] of Object.entries(files)) await writeFile(join(data, name), text);
  await symlink(`..revision${revision}`, join(dir, '..data_tmp'));
  await rename(join(dir, '..data_tmp'), join(dir, '..data'));
  for (const name of await readdir(dir)) if (!name.startsWith('.') && !(name in files)) await unlink(join(dir, name));
  for (const name of Object.keys(files)) await symlink(`..data/${name}`, join(dir, name)).catch(() => undefined);
}

describe('API keys', () => {
  it('belong to the caller whose file has their hash, several to one', async () => {
    await mount({ shop: `${hashOf('one')}\n${hashOf('two')}\n`, search: `\n${hashOf('three')}` }, 1);
    keys = await followApiKeys(dir);
    expect(['one', 'two', 'three', 'four', '', hashOf('one')].map((key) => keys?.callerOf(key))).toEqual([
      'shop', 'shop', 'search', undefined, undefined, undefined,
    ]);
  });

  it('are replaced without a restart and without a gap', async () => {
    await mount({ shop: hashOf('old') }, 1);
    keys = await followApiKeys(dir, 5);
    await mount({ shop: `${hashOf('old')}\n${hashOf('new')}` }, 2);
    await eventually('the new key', () => keys?.callerOf('new') === 'shop');
    expect(keys.callerOf('old')).toBe('shop');
    await mount({ shop: hashOf('new') }, 3);
    await eventually('the end of the old key', () => keys?.callerOf('old') === undefined);
    expect(keys.callerOf('new')).toBe('shop');
    await mount({}, 4);
    await eventually('the end of the caller', () => keys?.callerOf('new') === undefined);
  });

  it('that cannot be read leave those known before in force, while others go', async () => {
    await mount({ shop: hashOf('shop'), search: hashOf('search') }, 1);
    keys = await followApiKeys(dir, 5);
    await mount({ shop: 'my-plain-key', search: hashOf('changed') }, 2);
    await eventually('the change of search', () => keys?.callerOf('changed') === 'search');
    expect([keys.callerOf('shop'), keys.callerOf('search'), keys.callerOf('my-plain-key')]).toEqual(['shop', undefined, undefined]);
    await mount({ shop: hashOf('mended'), search: hashOf('changed') }, 3);
    await eventually('the mended file', () => keys?.callerOf('mended') === 'shop');
    expect(keys.callerOf('shop')).toBeUndefined();
  });

  it('outlive their directory, and come with it', async () => {
    const late = join(dir, 'late');
    keys = await followApiKeys(late, 5);
    expect(keys.callerOf('one')).toBeUndefined();
    await mkdir(late);
    await writeFile(join(late, 'shop'), hashOf('one'));
    await eventually('the key', () => keys?.callerOf('one') === 'shop');
    const output = jest.spyOn(process.stdout, 'write');
    await rename(late, join(dir, 'gone'));
    await eventually('the loss to be noticed', () => output.mock.calls.some(([line]) => String(line).includes('ENOENT')));
    output.mockRestore();
    expect(keys.callerOf('one')).toBe('shop');
  });
});

describe('a file of keys', () => {
  it.each([
    ['a plain key', 'c2VjcmV0', 1],
    ['a hash of something else', `sha256:${'0'.repeat(64)}\nmd5:${'0'.repeat(32)}`, 2],
    ['a hash cut short', `\n\nsha256:${'0'.repeat(63)}`, 3],
    ['two hashes on a line', `${hashOf('a')} ${hashOf('b')}`, 1],
  ])('is refused with %s, by the number of the line and never its text', (_what, text, line) => {
    const parse = () => parseKeyFile(text);
    expect(parse).toThrow(`line ${line} must be`);
    expect(parse).not.toThrow(text.split('\n').at(-1));
  });
});
