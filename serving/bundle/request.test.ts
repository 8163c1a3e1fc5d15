import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { Problem } from '../common/problems.ts';
import { parseBody } from '../http/parse.ts';
import { anyRequest } from '../testing/any-request.ts';
import { RecommendRequest } from './request.ts';

const parse = (body: unknown) => parseBody(RecommendRequest, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
const numbered = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`field ${index}`, index]));

/** With those inside of others: each is made, shown or not. */
function countFaults(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + 1 + (issue.code === 'invalid_union' ? countFaults(issue.errors.flat()) : 0), 0);
}

describe('the body of a scoring request', () => {
  it('is a request, or a problem of the caller, whatever it holds', () => {
    const names = fc.constantFrom('user_id', 'history', 'text', 'k', 'exclude', 'filter', 'context', '__proto__', 'other');
    const wrong = fc.dictionary(names, fc.jsonValue({ maxDepth: 4 }), { maxKeys: 5 }).map((body) => JSON.stringify(body));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), wrong), (text) => {
        try {
          expect(RecommendRequest.safeParse(parse(text)).success).toBe(true);
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          expect(error.status).toBe(400);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('says the same thing after it has been read', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const text = JSON.stringify(request);
        fc.pre(!text.includes('__proto__'));
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each<[string, unknown, string]>([
    ['no object', [], 'must be an object'],
    ['an empty text', { text: '' }, 'text: '],
    ['a text of 10,001 characters', { text: 'x'.repeat(10_001) }, 'text: '],
    ['1001 ids of a history', { history: Array.from({ length: 1001 }, String) }, 'history: '],
    ['a user of 257 characters', { user_id: 'x'.repeat(257) }, 'user_id: '],
    ['65 fields of context', { context: numbered(65) }, 'context: must have at most 64 fields'],
    ['a nested context', { context: { a: { b: 1 } } }, 'context.a: must be a number, true or false'],
    ['a list of texts in the context', { context: { a: ['b'] } }, 'context.a: must be a number'],
    ['a string of 1025 characters in the context', { context: { a: 'x'.repeat(1025) } }, 'context.a: '],
    ['4097 numbers in the context', { context: { a: Array.from({ length: 4097 }, () => 0) } }, 'context.a: '],
    ['a number beyond double', '{"context":{"a":1e999}}', 'context.a: '],
    ['17 filters', { filter: numbered(17) }, 'filter: must have at most 16 fields'],
    ['a filter of nothing', { filter: { a: [] } }, 'filter.a: '],
    ['101 values of a filter', { filter: { a: Array.from({ length: 101 }, () => 1) } }, 'filter.a: '],
    ['a filter that would be left out', '{"filter":{"__proto__":1}}', 'filter: must not have a field "__proto__"'],
    ['a nested filter', { filter: { a: { b: 1 } } }, 'filter.a: must be a string'],
  ])('is refused with %s', (_what, body, sentence) => {
    expect(() => parse(body)).toThrow(sentence);
  });

  it.each<[string, unknown]>([
    ['6,000 wrong fields of context', { context: Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [`f${index}`, {}])) }],
    ['20,000 wrong numbers', { context: Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`f${index}`, Array(312).fill('')])) }],
    ['1,600 wrong values of filters', { filter: Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`f${index}`, Array(100).fill({})])) }],
    ['6,000 fields nobody knows', Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [`f${index}`, 1]))],
    ['a field with a name of 60,000 characters', { context: { ['x'.repeat(60_000)]: 1 } }],
  ])('is refused with a few faults and in few words for %s', (_what, body) => {
    const { error } = RecommendRequest.safeParse(body);
    expect(countFaults(error?.issues ?? [])).toBeLessThan(10_000);
    expect(() => parse(body)).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{20,4000}$/s) }));
  });

  it.each<[unknown, string]>([
    [{ user_id: '' }, 'user_id: must not be empty.'],
    [{ k: 101 }, 'k: must be at most 100.'],
    [{ userId: 'u0' }, 'The body must not have the field "userId"; user_id is probably meant'],
  ])('is refused in our own words: %j', (body, sentence) => {
    expect(() => parse(body)).toThrow(sentence);
  });

  it('may say null for what it leaves out, in every field', () => {
    const nothing = { user_id: null, history: null, text: null, k: null, exclude: null, filter: null, context: { hour: null } };
    expect(parse(nothing)).toEqual({ context: { hour: null } });
    expect(() => parse({ history: [null] })).toThrow('history.0: must be a string');
  });

  it('is described with its bounds', () => {
    expect(z.toJSONSchema(RecommendRequest, { io: 'input' })).toMatchObject({
      additionalProperties: false,
      properties: {
        k: { anyOf: [{ minimum: 1, maximum: 100 }, { type: 'null' }] },
        context: { anyOf: [{ maxProperties: 64 }, {}], description: expect.any(String) },
        filter: { anyOf: [{ maxProperties: 16 }, {}] },
      },
    });
  });
});
