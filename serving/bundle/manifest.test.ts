import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';

import { TINY_MANIFEST } from '../testing/tiny-bundle.ts';
import { BundleFailure } from './failure.ts';
import { parseManifest } from './manifest.ts';
import { isPlainPath } from './paths.ts';

const NAMES = ['model.onnx', 'users.json', 'items.jsonl', 'popular.json', 'golden.jsonl'];
const file = (path: string) => ({ path, size: 1, sha256: 'a'.repeat(64) });
const manifest = (changes: object = {}) => ({ ...TINY_MANIFEST, files: NAMES.map(file), ...changes });
const parsed = (changes: object) => () => parseManifest(stringify(manifest(changes)));

describe('plain paths', () => {
  it.each(['model.onnx', 'graphs/v1/model.onnx', 'a_b-c.d'])('accepts %s', (path) => {
    expect(isPlainPath(path)).toBe(true);
  });

  it.each([
    '', '/etc/passwd', '../a', 'a/../b', 'a//b', 'a/', './a', '.hidden', 'a/.b', 'a\\b', 'a%2e%2e', 'a\0b', 'a b', 'é',
    '-rf', 'a'.repeat(201), 'a\n',
  ])('refuses %j', (path) => {
    expect(isPlainPath(path)).toBe(false);
  });

  it('never lets a path out of its folder, as a file or as a URL', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[./a%25\\]{1,12}$/)), (path) => {
        fc.pre(isPlainPath(path));
        expect(new URL(path, 'http://host/dir/').href).toBe(`http://host/dir/${path}`);
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseManifest', () => {
  it('gives back what was written', () => {
    expect(parseManifest(stringify(manifest()))).toMatchObject(manifest());
  });

  it.each([
    ['an unknown field', { surprise: 1 }, 'surprise'],
    ['another task', { task: 'text-to-speech' }, 'user-to-items'],
    ['a version that is no semver', { version: 'v1' }, 'semantic version'],
    ['a name that leaves the folder', { graph: '../model.onnx' }, 'plain relative path'],
    ['a file listed twice', { files: [...NAMES, 'Model.onnx'].map(file) }, '"Model.onnx" is listed twice'],
    ['a file that is also a folder', { files: [...NAMES, 'users.json/a'].map(file) }, 'used as a folder'],
    ['itself in the list', { files: [...NAMES, 'bundle.yaml'].map(file) }, 'cannot list itself'],
    ['the manifest for a folder', { files: [...NAMES, 'bundle.yaml/a'].map(file) }, 'used as a folder'],
    ['a name that is not listed', { files: NAMES.slice(1).map(file) }, '"model.onnx" is used but not listed'],
    ['a negative size', { files: [{ ...file('model.onnx'), size: -1 }] }, 'size'],
    ['a metric that is no number', { metrics: { ndcg: 'high' } }, 'metrics.ndcg'],
  ])('refuses %s', (_what, changes, sentence) => {
    expect(parsed(changes)).toThrow(sentence);
    expect(parsed(changes)).toThrow(BundleFailure);
  });

  it('refuses aliases, which could unfold a small text to gigabytes', () => {
    expect(() => parseManifest('a: &a [x, x]\nb: [*a, *a]\n')).toThrow('not readable as YAML');
  });

  it('answers any text with a manifest or a BundleFailure', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseManifest(text)).toThrow(BundleFailure);
      }),
    );
  });
});
