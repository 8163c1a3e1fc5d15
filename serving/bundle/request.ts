import { z } from 'zod';
import { orNull } from '../common/or-null.ts';

export const DEFAULT_K = 10;
export const MAX_K = 100;
const MAX_EXCLUDED = 1000;
const MAX_HISTORY = 1000;
/** Longest `text` of a request, characters. */
const MAX_TEXT = 10_000;
const MAX_CONTEXT_FIELDS = 64;
const MAX_CONTEXT_STRING = 1024;
/** Longest list of numbers in one field of `context`. */
const MAX_CONTEXT_NUMBERS = 4096;
const MAX_FILTERS = 16;
const MAX_FILTER_VALUES = 100;

const Id = z.string().min(1).max(256);
const FieldName = z.string().min(1).max(64);

/** A list with one fault however many of its elements are none: to tell of thousands takes longer than to answer. */
const Numbers = z.preprocess((list, { addIssue }) => {
  if (Array.isArray(list) && !list.every(Number.isFinite)) addIssue('must contain only numbers');
  return list;
}, z.array(z.number()).max(MAX_CONTEXT_NUMBERS));

const ContextValue = z.union(
  [z.number(), z.boolean(), z.string().max(MAX_CONTEXT_STRING), Numbers, z.null()],
  { error: 'must be a number, true or false, a string, a list of numbers, or null' },
);
export type ContextValue = z.output<typeof ContextValue>;

/** What an item's attribute is compared with, type and all: 5 is not "5". */
const FilterValue = z.union([z.string().max(256), z.number(), z.boolean()]);
const FilterValues = z.union([FilterValue, z.array(FilterValue).min(1).max(MAX_FILTER_VALUES)], {
  error: 'must be a string, a number, true or false, or a list of them',
});

/** A flat object with a bounded number of fields, which are counted before any is looked at. */
function fields<T extends z.ZodType>(value: T, most: number) {
  const counted = (object: unknown, { addIssue }: z.RefinementCtx) => {
    const isTooMany = typeof object === 'object' && object !== null && Object.keys(object).length > most;
    if (isTooMany) addIssue(`must have at most ${most} fields`);
    // The library would leave it out without a word: no filter at all.
    if (Object.hasOwn(Object(object) as object, '__proto__')) addIssue('must not have a field "__proto__"');
    return object;
  };
  return z.preprocess(counted, z.record(FieldName, value).meta({ maxProperties: most }));
}

/**
 * Body of `POST /recommend`. Which fields a model needs depends on its task; the others are allowed and ignored. null is the
 * same as absent, in `context` too.
 */
export const RecommendRequest = z.strictObject({
  user_id: orNull(Id).describe(
    'The user. Determines which version answers, and is scored by models of the task user-to-items. ' +
      'An unknown or absent user gets popular items, unless the model has an index for unknown users.',
  ),
  history: orNull(z.array(Id).max(MAX_HISTORY)).describe(
    'Ids of items the user has interacted with, oldest first. Required by the task items-to-items. ' +
      'Unknown ids are skipped; none of these items is recommended again.',
  ),
  text: orNull(z.string().min(1).max(MAX_TEXT)).describe(
    'Required by the tasks text-to-items and text-to-classes, unless the model takes what callers make of it from context.',
  ),
  k: orNull(z.int().min(1).max(MAX_K)).describe(
    `Number of items or classes to return (default: ${DEFAULT_K}). The answer has fewer if the model ranks fewer, ` +
      'or if exclude, history and filter leave fewer of those it ranks.',
  ),
  exclude: orNull(z.array(Id).max(MAX_EXCLUDED)).describe('Ids of items to leave out of the answer.'),
  filter: orNull(fields(FilterValues, MAX_FILTERS)).describe(
    'Attribute of the item metadata → value or list of values. An item matches if its attribute equals one of the values or, ' +
      'for a list, contains one. It must match every attribute given.',
  ),
  context: orNull(fields(ContextValue, MAX_CONTEXT_FIELDS)).describe(
    'Further inputs of the model by name: numbers, booleans, text, lists of numbers. ' +
      'Fields the model does not use are ignored.',
  ),
});
export type RecommendRequest = z.output<typeof RecommendRequest>;
