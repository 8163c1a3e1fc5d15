import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createKeys, type Question, textOf } from './question.ts';

const QUESTION: Question = { inputs: [[7], ['red shoes']], k: 10, banned: [3, 1], filter: { genre: 'crime', year: [1990, 1991] } };
const SCOPE = { namespace: 'shop', model: 'books', digest: `sha256:${'a'.repeat(64)}` };

describe('the text of a question', () => {
  it('does not depend on the order of fields, nor on order and repetition of what is banned', () => {
    const same = { ...QUESTION, banned: [1, 3, 3], filter: { year: [1990, 1991], genre: 'crime' } };
    expect(textOf(same)).toBe(textOf(QUESTION));
    expect(textOf({ ...QUESTION, filter: {} })).toBe(textOf({ ...QUESTION, filter: undefined }));
  });

  it.each<[string, Partial<Question>]>([
    ['another user', { inputs: [[8], ['red shoes']] }],
    ['another text', { inputs: [[7], ['red', 'shoes']] }],
    ['a number and not a text', { inputs: [['7'], ['red shoes']] }],
    ['more items', { k: 11 }],
    ['another item banned', { banned: [3, 2] }],
    ['nothing banned', { banned: [] }],
    ['another filter', { filter: { genre: 'crime', year: [1990] } }],
    ['a filter by text and not by number', { filter: { genre: 'crime', year: ['1990', '1991'] } }],
    ['no filter', { filter: undefined }],
  ])('differs for %s', (_name, difference) => {
    expect(textOf({ ...QUESTION, ...difference })).not.toBe(textOf(QUESTION));
  });

  it('is the same for no two different questions', () => {
    const inputs = fc.array(fc.oneof(fc.array(fc.integer(), { maxLength: 3 }), fc.array(fc.string(), { maxLength: 3 })), { maxLength: 2 });
    const question = fc.record({ inputs, k: fc.nat(3), banned: fc.uniqueArray(fc.nat(3)), filter: fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }) });
    const sorted = ({ banned, filter, ...rest }: Question) => ({ ...rest, banned: banned.toSorted(), filter: { ...filter } });
    fc.assert(
      fc.property(question, question, (left, right) => {
        let equal = true;
        try {
          expect(sorted(left)).toEqual(sorted(right));
        } catch {
          equal = false;
        }
        expect(textOf(left) === textOf(right)).toBe(equal);
      }),
    );
  });
});

describe('the key of an answer', () => {
  it('names the model and its digest, and shows nothing of the question', () => {
    const key = createKeys(SCOPE)(textOf(QUESTION));
    expect(key).toMatch(/^recommender:shop:books:sha256:a{64}:[\w-]{43}$/);
  });

  it('is another for each namespace, model and digest', () => {
    const scopes = [SCOPE, { ...SCOPE, namespace: 'test' }, { ...SCOPE, model: 'films' }, { ...SCOPE, digest: `sha256:${'b'.repeat(64)}` }];
    expect(new Set(scopes.map((scope) => createKeys(scope)('same'))).size).toBe(scopes.length);
  });
});
