import { z } from 'zod';
import { ONNX_TYPES } from './element-types.ts';
import { FileName, TensorName } from './names.ts';

/** Largest number of ids of a history that a graph can be given. */
export const MAX_LENGTH = 1000;

const ELEMENT_TYPES = Object.keys(ONNX_TYPES) as [keyof typeof ONNX_TYPES, ...(keyof typeof ONNX_TYPES)[]];
const CONTEXT = /^context\.(.{1,64})$/s;

const tensor = {
  /** Name of the graph's input. */
  name: TensorName,
  /** Element type of the graph's input, ONNX's name. It is read from the graph; where it is stated too, it is compared. */
  type: z.enum(ELEMENT_TYPES).optional(),
};

/** What stands in for an id or a word that the vocabulary does not hold: popular items, or an index of the graph. */
const WhenUnknown = z.union([z.literal('Fallback'), z.strictObject({ index: z.int().min(0) })], {
  error: 'must be Fallback or {index: N}',
});
export type WhenUnknown = z.output<typeof WhenUnknown>;

/** The user's index in `vocabulary`: an integer, [batch] or [batch × 1]. An absent `user_id` is an unknown one. */
const UserInput = z.strictObject({
  ...tensor,
  from: z.literal('user_id'),
  /** JSON array of user ids; the position is the index the graph expects. */
  vocabulary: FileName,
  whenUnknown: WhenUnknown,
});

/**
 * The request's `history`, ids oldest first. Unknown ids are skipped, then the most recent `length` are kept. Where
 * nothing is left, items-to-items gives popular items; in other tasks the graph gets an empty history.
 */
const HistoryInput = z.strictObject({
  ...tensor,
  from: z.literal('history'),
  /** JSON array of ids; the position is the index. Absent = rows of `items`. */
  vocabulary: FileName.optional(),
  /**
   * Indices: [batch × length], oldest first, filled up with `padding` in front, so that the last place holds the most
   * recent. MultiHot: [batch × size of the vocabulary], 1 where the id is in the history, 0 elsewhere.
   */
  encoding: z.enum(['Indices', 'MultiHot']),
  length: z.int().min(1).max(MAX_LENGTH),
  /** Index that stands for "nothing"; for Indices. */
  padding: z.int().min(-1).max(2 ** 31 - 1).default(-1),
});

/**
 * The request's `text`: a string, [batch] or [batch × 1]; with a vocabulary the index of the whole text in it. A text
 * longer than `maxLength` characters is refused.
 */
const TextInput = z.strictObject({
  ...tensor,
  from: z.literal('text'),
  maxLength: z.int().min(1).optional(),
  vocabulary: FileName.optional(),
  whenUnknown: WhenUnknown.optional(),
});

/**
 * A field of the request's `context`: number, boolean (1 or 0 where the graph takes numbers), string, [batch] or
 * [batch × 1]; or a list of n numbers, [batch × n], with n fixed by the graph. With a vocabulary: the index of a string.
 */
const ContextInput = z.strictObject({
  ...tensor,
  from: z.templateLiteral(['context.', z.string().min(1).max(64)]),
  /** Used when the request lacks the field; without it such a request is refused. */
  default: z.union([z.number(), z.boolean(), z.string().max(1024), z.array(z.number()).max(4096)]).optional(),
  vocabulary: FileName.optional(),
  whenUnknown: WhenUnknown.optional(),
});

/** One input of the graph and where its values come from. */
export const Input = z
  .union([UserInput, HistoryInput, TextInput, ContextInput])
  .superRefine((input, context) => {
    if (input.from === 'history' || (input.vocabulary === undefined) === (input.whenUnknown === undefined)) return;
    context.addIssue({ code: 'custom', path: ['whenUnknown'], message: 'vocabulary and whenUnknown must be set together' });
  });
export type Input = z.output<typeof Input>;
export type HistoryInput = z.output<typeof HistoryInput>;
export type ContextInput = z.output<typeof ContextInput>;

/** The field of `context` that an input is taken from. */
export function contextField(input: ContextInput): string {
  return CONTEXT.exec(input.from)?.[1] ?? '';
}
