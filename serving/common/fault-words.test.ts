import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { faultWords } from './fault-words.ts';

const words = (schema: z.ZodType, value: unknown) => schema.safeParse(value, { error: faultWords }).error?.issues[0]?.message;
const Request = z.strictObject({ user_id: z.string().optional(), k: z.number().optional() });

describe('the words for a fault', () => {
  it.each<[string, z.ZodType, unknown, string]>([
    ['a field that is missing', z.string(), undefined, 'is required'],
    ['another type', z.array(z.string()), {}, 'must be a list'],
    ['a number for a string', z.string(), 5, 'must be a string, not the number 5: put it in quotes'],
    ['an empty string', z.string().min(1), '', 'must not be empty'],
    ['an empty list', z.array(z.string()).min(1), [], 'must not be empty'],
    ['too long a string', z.string().max(1), 'ab', 'must have at most 1 character'],
    ['too long a list', z.array(z.number()).max(2), [1, 2, 3], 'must have at most 2 entries'],
    ['too large a number', z.int().min(1).max(100), 101, 'must be at most 100'],
    ['too small a number', z.int().min(1).max(100), 0, 'must be at least 1'],
    ['a word of none that are known', z.enum(['Indices', 'MultiHot']), 'OneHot', 'must be "Indices" or "MultiHot"'],
    ['a field by another spelling', Request, { userId: 'u0' }, 'must not have the field "userId"; user_id is probably meant'],
    ['a field that is like no other', Request, { page: 2 }, 'must not have the field "page"; the fields are user_id, k'],
    ['the name of a field', z.record(z.string().min(1), z.number()), { '': 1 }, 'the name of the field must not be empty'],
  ])('are ours: %s', (_what, schema, value, message) => {
    expect(words(schema, value)).toBe(message);
  });

  it('are left to a schema that has its own', () => {
    expect(words(z.string({ error: 'must be a color' }), 5)).toBe('must be a color');
  });
});
