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
    ['a version that YAML reads as a number', { version: 1 }, 'version: must be a semantic version in quotes, such as "2.3.0", not the number 1'],
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
    expect(() => parseManifest('a: &a [x, x]\nb: [*a, *a]\n')).toThrow('not valid YAML');
  });

  it('answers any text with a manifest or a BundleFailure', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => parseManifest(text)).toThrow(BundleFailure);
      }),
    );
  });
});

describe('inputs and outputs', () => {
  const user = { name: 'user', from: 'user_id', vocabulary: 'users.json', whenUnknown: 'Fallback' };
  const history = { name: 'history', from: 'history', encoding: 'Indices', length: 5 };
  const text = { name: 'text', from: 'text' };
  const season = { name: 'season', from: 'context.season' };
  const tokens = { name: 'tokens', from: 'context.tokens', length: 64 };
  const many = Array.from({ length: 17 }, (_, index) => ({ ...season, name: `input ${index}` }));
  const ofClasses = (changes: object = {}) => ({
    ...manifest({ items: undefined, fallback: undefined }),
    task: 'text-to-classes',
    inputs: [text],
    outputs: { probabilities: 'probabilities' },
    classes: 'classes.json',
    files: [...NAMES, 'classes.json'].map(file),
    ...changes,
  });

  it.each([
    ['user-to-items', [user]],
    ['user-to-items', [{ ...user, type: 'int32', whenUnknown: { index: 0 } }, season, text, history]],
    ['items-to-items', [{ ...history, vocabulary: 'users.json', padding: 0 }]],
    ['items-to-items', [{ ...history, encoding: 'MultiHot' }, { ...season, default: [0.5, 1] }]],
    ['text-to-items', [{ ...text, maxLength: 100 }]],
    ['text-to-items', [{ ...text, vocabulary: 'users.json', whenUnknown: 'Fallback' }]],
    ['user-to-items', [{ name: 'user', from: 'user_id' }]],
    ['items-to-items', [{ name: 'history', from: 'history', encoding: 'MultiHot' }]],
    ['items-to-items', [{ ...history, padding: 0, paddingSide: 'Back' }, { name: 'n', from: 'length', of: 'history' }, { name: 'm', from: 'mask', of: 'history' }]],
    ['items-to-items', [{ ...history, padding: '' }]],
    ['text-to-items', [{ ...tokens, padding: 1, paddingSide: 'Back' }, { name: 'mask', from: 'mask', of: 'tokens' }]],
    ['context-to-items', [season]],
  ])('of %s may be %j', (task, inputs) => {
    expect(parseManifest(stringify(manifest({ task, inputs, outputs: { scores: 'scores' } })))).toMatchObject({ task, inputs });
  });

  it('of a classifier need labels, and no items', () => {
    expect(parseManifest(stringify(ofClasses()))).toMatchObject({ task: 'text-to-classes', classes: 'classes.json' });
    expect(() => parseManifest(stringify(ofClasses({ classes: undefined })))).toThrow('classes: ');
    expect(() => parseManifest(stringify(ofClasses({ items: 'items.jsonl' })))).toThrow('items');
  });

  it.each<[string, object, string]>([
    ['none', { inputs: [] }, 'inputs: '],
    ['more than 16', { inputs: [user, ...many] }, 'inputs: '],
    ['none that the task lives on', { inputs: [season] }, 'the task user-to-items requires an input with "from: user_id"'],
    ['one twice', { inputs: [user, { ...season, name: 'user' }] }, '"user" is declared twice'],
    ['an unknown source', { inputs: [user, { ...season, from: 'cookie' }] }, 'inputs.1.from: must be user_id, history, text, context.FIELD, length or mask'],
    ['a context field without a name', { inputs: [user, { ...season, from: 'context.' }] }, 'inputs.1.from'],
    ['a history of no length', { inputs: [user, { ...history, length: 0 }] }, 'inputs.1.length'],
    ['an encoding nobody knows', { inputs: [user, { ...history, encoding: 'OneHot' }] }, 'inputs.1.encoding'],
    ['a field of another source', { inputs: [{ ...user, encoding: 'Indices' }] }, 'encoding'],
    ['a type nobody knows', { inputs: [{ ...user, type: 'long' }] }, 'inputs.0.type'],
    ['a vocabulary without whenUnknown', { inputs: [user, { ...season, vocabulary: 'users.json' }] }, 'inputs.1.whenUnknown'],
    ['whenUnknown without a vocabulary', { inputs: [user, { ...text, whenUnknown: 'Fallback' }] }, 'inputs.1.whenUnknown'],
    ['an index below 0', { inputs: [{ ...user, whenUnknown: { index: -1 } }] }, 'inputs.0.whenUnknown.index'],
    ['another word for whenUnknown', { inputs: [{ ...user, whenUnknown: 'Ignore' }] }, 'inputs.0.whenUnknown: must be Fallback or {index: N}'],
    ['a vocabulary that is not listed', { inputs: [user, { ...history, vocabulary: 'ids.json' }] }, '"ids.json" is used but not listed'],
    ['none of a text, nor what callers make of it', { task: 'text-to-items', inputs: [user] }, 'requires an input with "from: text" or "from: context.FIELD"'],
    ['the length of nothing', { inputs: [user, { name: 'n', from: 'length' }] }, 'inputs.1.of: is required'],
    ['the length of a user', { inputs: [user, { name: 'n', from: 'length', of: 'user' }] }, '"n" is the length of "user", which is not an input with a list; inputs with a list: none'],
    ['the mask of a multi-hot history', { inputs: [user, history, { ...history, name: 'hot', encoding: 'MultiHot' }, { name: 'm', from: 'mask', of: 'hot' }] }, 'inputs with a list: "history"'],
    ['padding for no list', { inputs: [user, { ...season, padding: 0 }] }, 'inputs.1.length: is required to fill up a list'],
    ['a list of words', { inputs: [user, { ...tokens, vocabulary: 'users.json', whenUnknown: 'Fallback' }] }, 'inputs.1.length: is for lists of numbers'],
    ['a third side', { inputs: [user, { ...history, paddingSide: 'Middle' }] }, 'inputs.1.paddingSide'],
    ['outputs of a classifier', { outputs: { probabilities: 'p' } }, 'outputs: must be {items, scores} or {scores}'],
  ])('are refused: %s', (_what, changes, sentence) => {
    expect(parsed(changes)).toThrow(sentence);
  });

  it('that fall back need something to fall back to', () => {
    const inputs = [{ ...text, vocabulary: 'users.json', whenUnknown: 'Fallback' }];
    expect(() => parseManifest(stringify(ofClasses({ inputs })))).toThrow('"text" has "whenUnknown: Fallback"');
    expect(() => parseManifest(stringify(ofClasses({ inputs, fallback: 'popular.json' })))).not.toThrow();
    expect(() => parseManifest(stringify(ofClasses({ inputs: [text, { name: 'user', from: 'user_id' }] })))).toThrow('"user" has no value for requests without user_id');
  });
});
