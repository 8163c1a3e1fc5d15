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

/**
 * `vocabulary`: a JSON array of ids or words; the graph is given their positions. A graph that takes strings and looks them up
 * itself is given the words, and the vocabulary only says which of them it knows.
 */
const looked = { vocabulary: FileName.optional(), whenUnknown: WhenUnknown.optional() };

/** How a list becomes a row of the graph's columns. */
const listed = {
  /** Most values; absent = as many as the graph has columns. */
  length: z.int().min(1).max(MAX_LENGTH).optional(),
  /** Where `padding` fills up a short list. Front, the default: the last place holds the last value. */
  paddingSide: z.enum(['Front', 'Back']).optional(),
};

/**
 * The user, [batch] or [batch × 1]: an index in `vocabulary`, or the id itself as a string. An absent `user_id` is an
 * unknown one; without a vocabulary every id that comes is known.
 */
const UserInput = z.strictObject({ ...tensor, ...looked, from: z.literal('user_id') });

/**
 * The request's `history`, ids oldest first. Unknown ids are skipped, then the most recent `length` are kept. Where
 * nothing is left, items-to-items gives popular items; in other tasks the graph gets an empty history.
 */
const HistoryInput = z.strictObject({
  ...tensor,
  ...listed,
  from: z.literal('history'),
  /** JSON array of ids; the position is the index. Absent = rows of `items`. */
  vocabulary: FileName.optional(),
  /**
   * Indices: [batch × length], oldest first, or the ids themselves as strings. MultiHot: [batch × size of the vocabulary],
   * 1 where the id is in the history, 0 elsewhere.
   */
  encoding: z.enum(['Indices', 'MultiHot']),
  /**
   * Index, or string, that stands for "nothing"; for Indices. Absent = -1, or an empty string. But where the graph leaves
   * the number of columns free, absent = nothing is filled up: the graph gets the ids there are, one request at a time.
   */
  padding: z.union([z.int().min(-1).max(2 ** 31 - 1), z.string().max(256)]).optional(),
});

/**
 * The request's `text`: a string, [batch] or [batch × 1]; with a vocabulary the index of the whole text in it. A text
 * longer than `maxLength` characters is refused.
 */
const TextInput = z.strictObject({ ...tensor, ...looked, from: z.literal('text'), maxLength: z.int().min(1).optional() });

/**
 * A field of the request's `context`: number, boolean (1 or 0 where the graph takes numbers), string, [batch] or
 * [batch × 1]; or a list of n numbers, [batch × n], with n fixed by the graph. With `length`: a list of at most so many
 * numbers, filled up with `padding`; or not at all, as a history is, where the number of columns is free.
 */
const ContextInput = z.strictObject({
  ...tensor,
  ...looked,
  ...listed,
  from: z.templateLiteral(['context.', z.string().min(1).max(64)]),
  /** Used when the request lacks the field; without it such a request is refused. */
  default: z.union([z.number(), z.boolean(), z.string().max(1024), z.array(z.number()).max(4096)]).optional(),
  padding: z.number().optional(),
});

/**
 * What is said of the list that another input gets. `length`: how many values it has, padding not counted, [batch] or
 * [batch × 1]. `mask`: 1 for each of them and 0 for padding, of the list's own shape.
 */
const ListInput = z.strictObject({
  ...tensor,
  from: z.enum(['length', 'mask']),
  /** Name of the other input: of a history with the encoding Indices, or of a context field with a `length`. */
  of: TensorName,
});

/** One input of the graph and where its values come from. */
export const Input = z
  .union([UserInput, HistoryInput, TextInput, ContextInput, ListInput])
  .superRefine((input, context) => {
    for (const [field, message] of inputFaults(input)) context.addIssue({ code: 'custom', path: [field], message });
  });
export type Input = z.output<typeof Input>;
export type HistoryInput = z.output<typeof HistoryInput>;
export type ContextInput = z.output<typeof ContextInput>;
export type ListInput = z.output<typeof ListInput>;

/** Fields that do not go together. */
function inputFaults(input: z.output<typeof ContextInput> | { from: string }): [string, string][] {
  if (input.from === 'history' || 'of' in input) return [];
  const { vocabulary, whenUnknown, length, padding, paddingSide } = input as Partial<ContextInput>;
  const faults: [string, string][] = [];
  if ((vocabulary === undefined) !== (whenUnknown === undefined)) faults.push(['whenUnknown', 'vocabulary and whenUnknown must be set together']);
  if (length !== undefined && vocabulary !== undefined) faults.push(['length', 'is for lists of numbers, which have no vocabulary']);
  if (length === undefined && (padding ?? paddingSide) !== undefined) faults.push(['length', 'is required to fill up a list']);
  return faults;
}

/** An input with the values of a list, one in each column. */
export type ListedInput = (HistoryInput & { encoding: 'Indices' }) | (ContextInput & { length: number });

export function isList(input: Input): input is ListedInput {
  return input.from === 'history' ? input.encoding === 'Indices' : 'length' in input && input.length !== undefined;
}

/** The input whose list a `length` or `mask` is about; undefined if there is none of that name. */
export function listOf({ of }: ListInput, inputs: readonly Input[]): ListedInput | undefined {
  return inputs.filter(isList).find(({ name }) => name === of);
}

/** Files with the vocabularies of these inputs. */
export function vocabularyFiles(inputs: readonly Input[]): string[] {
  return inputs.flatMap((input) => ('vocabulary' in input && input.vocabulary !== undefined ? [input.vocabulary] : []));
}

/** The field of `context` that an input is taken from. */
export function contextField(input: ContextInput): string {
  return CONTEXT.exec(input.from)?.[1] ?? '';
}
