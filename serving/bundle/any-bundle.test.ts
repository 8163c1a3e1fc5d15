import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { fetchBundle } from '../fetch/fetch.ts';
import { removeTinyBundles, tinyBundle, type TinyBundle } from '../testing/tiny-bundle.ts';
import { BundleFailure } from './failure.ts';
import { parseManifest } from './manifest.ts';
import { readBundle } from './read.ts';
import { digestOf } from './seal.ts';

jest.setTimeout(60_000);

let bundle: TinyBundle;
let manifest: Record<string, unknown>;
let dir: string;
beforeAll(async () => {
  bundle = await tinyBundle();
  manifest = parse(await readFile(join(bundle.dir, 'bundle.yaml'), 'utf8')) as Record<string, unknown>;
  dir = await mkdtemp(join(tmpdir(), 'any-'));
  await cp(bundle.dir, join(dir, 'source'), { recursive: true });
});
afterAll(async () => {
  await removeTinyBundles();
  await rm(dir, { recursive: true });
});

/** 'passed', or the reason of the refusal; any other error fails the test. */
async function outcome(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return 'passed';
  } catch (error) {
    if (error instanceof BundleFailure) return error.reason;
    throw error;
  }
}

/** A path into a JSON value, and what to put there. */
const change = fc.record({ path: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), value: fc.jsonValue({ maxDepth: 3 }) });

/** A copy of `value` with something else somewhere inside. */
function changed(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [first = 0, ...rest] = path;
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return replacement;
  const keys = Object.keys(value);
  const key = keys[first % keys.length] ?? '';
  const inner = (value as Record<string, unknown>)[key];
  const next = rest.length === 0 ? replacement : changed(inner, rest, replacement);
  return Array.isArray(value) ? value.map((each, index) => (String(index) === key ? next : (each as unknown))) : { ...value, [key]: next };
}

describe('whatever bundle.yaml holds', () => {
  const fetched = async (text: string) => {
    await writeFile(join(dir, 'source', 'bundle.yaml'), text);
    const wanted = { uri: 'pvc://any/', claimDir: join(dir, 'source'), dir: join(dir, 'fetched'), digest: digestOf(text), version: undefined };
    return outcome(fetchBundle({ ...wanted, allowedHosts: [], maxBytes: 1_000_000, s3: { endpoint: undefined, region: undefined } }, 5_000));
  };

  it('is fetched or refused, and nothing is written elsewhere', async () => {
    const before = (await readdir(dir)).sort();
    await fc.assert(
      fc.asyncProperty(change, async ({ path, value }) => {
        await fetched(stringify(changed(manifest, path, value)));
      }),
      { numRuns: 300 },
    );
    expect((await readdir(dir)).filter((name) => name !== 'fetched').sort()).toEqual(before);
  });

  it.each<[string, string]>([
    ['a key twice', 'model: a\nmodel: b'],
    ['deep lists', '['.repeat(100_000)],
    ['deep maps', '{a: '.repeat(50_000)],
    ['deep indentation', Array.from({ length: 1_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['aliases that unfold', `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[index]}`).join()}]`).join('\n')}`],
    ['a million keys', Array.from({ length: 90_000 }, (_, index) => `k${index}: 1`).join('\n')],
    ['a long number', `version: ${'9'.repeat(900_000)}`],
    ['a long quoted text', `version: "${'\\\\'.repeat(400_000)}"`],
    ['prototypes', '__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}'],
    ['many documents', '---\na: 1\n'.repeat(50_000)],
    ['a tag', '!!js/function "() => 1"'],
    ['nothing', ''],
    ['zero bytes', '\0'.repeat(1000)],
  ])('is refused before long: %s', (_what, text) => {
    expect(() => parseManifest(text)).toThrow(BundleFailure);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('whatever the files hold', () => {
  const names = ['users.json', 'items.jsonl', 'popular.json', 'golden.jsonl'] as const;
  const originals = {} as Record<(typeof names)[number], string>;
  beforeAll(async () => {
    for (const name of names) originals[name] = await readFile(join(bundle.dir, name), 'utf8');
  });

  /** What comes of reading a bundle that is right but for this file. */
  async function withFile(name: (typeof names)[number], content: string): Promise<string> {
    await writeFile(join(bundle.dir, name), content);
    const found = await outcome(readBundle(bundle.dir));
    await writeFile(join(bundle.dir, name), originals[name]);
    return found;
  }

  it('is read or refused', async () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.array(fc.json()).map((lines) => lines.join('\n')));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), anyText, async (name, content) => {
        expect(['passed', 'ContentInvalid']).toContain(await withFile(name, content));
      }),
      { numRuns: 300 },
    );
  });

  it('is read or refused when it is almost right', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), change, async (name, { path, value }) => {
        const text = originals[name];
        const isLines = name.endsWith('.jsonl');
        const before = isLines ? text.trim().split('\n').map((line) => JSON.parse(line) as unknown) : (JSON.parse(text) as unknown);
        const after = changed(before, path, value);
        const content = isLines && Array.isArray(after) ? after.map((row) => JSON.stringify(row)).join('\n') : JSON.stringify(after);
        expect(['passed', 'ContentInvalid']).toContain(await withFile(name, content));
      }),
      { numRuns: 300 },
    );
  });

  it.each(names)('is refused when %s nests without end', async (name) => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(await withFile(name, deep)).toBe('ContentInvalid');
    expect(await withFile(name, `{"id": "i0", "deep": ${deep}}`)).toBe('ContentInvalid');
  });
});
