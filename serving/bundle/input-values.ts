import { Problem } from '../common/problems.ts';
import type { Bundle } from './bundle.ts';
import { contextField, type ContextInput, type HistoryInput, type Input, listOf, type WhenUnknown } from './inputs.ts';
import type { Task } from './manifest.ts';
import type { ContextValue, RecommendRequest } from './request.ts';

/** What a request says of one input, before it is known which type the graph wants: a value, or a list. */
export type InputValue = string | number | boolean | readonly number[] | readonly string[];

/** What the inputs of a bundle are taken from. */
export type InputSource = Pick<Bundle, 'manifest' | 'vocabularies' | 'itemRows'>;

/** @returns the value; undefined when popular items are to answer @throws Problem InvalidRequest */
type Read = (request: RecommendRequest) => InputValue | undefined;

/** @returns what the graph is given for an id or a word; undefined when the vocabulary does not hold it */
type Lookup = (word: string) => number | string | undefined;

/**
 * @param takesStrings whether the graph is given ids and words themselves at that place of the inputs, instead of indices
 * @returns a function that takes the values of all inputs, in the order of the manifest, from a request; it returns
 *   undefined for a request that the model cannot score and popular items answer, and throws Problem InvalidRequest,
 *   naming the field, for one that lacks what the model needs
 */
export function createInputs(
  source: InputSource,
  takesStrings: (place: number) => boolean = () => false,
): (request: RecommendRequest) => InputValue[] | undefined {
  const reads = source.manifest.inputs.map((input, place) => readerOf(input, source, takesStrings(place)));
  return (request) => {
    const values: InputValue[] = [];
    let isKnown = true;
    for (const read of reads) {
      const value = read(request);
      // What is missing is told even where something else is unknown.
      if (value === undefined) isKnown = false;
      else values.push(value);
    }
    return isKnown ? values : undefined;
  };
}

/** The index that an input's values are looked up in; undefined where they are taken as they are. */
export function vocabularyOf(input: Input, { vocabularies, itemRows }: InputSource): ReadonlyMap<string, number> | undefined {
  if ('of' in input) return undefined;
  if (input.vocabulary !== undefined) return vocabularies.get(input.vocabulary);
  return input.from === 'history' ? itemRows : undefined;
}

function readerOf(input: Input, source: InputSource, takesStrings: boolean): Read {
  const { task, inputs } = source.manifest;
  if ('of' in input) return listReader(listOf(input, inputs), source);
  const lookup = lookupOf(vocabularyOf(input, source), takesStrings);
  switch (input.from) {
    case 'user_id':
      return ({ user_id }) => valueOf(user_id, lookup, input.whenUnknown);
    case 'history':
      return historyReader(input, lookup, task === 'items-to-items');
    case 'text':
      return textReader(input.maxLength, task, (text) => valueOf(text, lookup, input.whenUnknown));
    default:
      return contextReader(input, (value) => known(value, input, lookup));
  }
}

function lookupOf(vocabulary: ReadonlyMap<string, number> | undefined, takesStrings: boolean): Lookup {
  if (vocabulary === undefined) return (word) => word;
  return takesStrings ? (word) => (vocabulary.has(word) ? word : undefined) : (word) => vocabulary.get(word);
}

function valueOf(word: string | undefined, lookup: Lookup, whenUnknown?: WhenUnknown) {
  const found = word === undefined ? undefined : lookup(word);
  return found ?? (typeof whenUnknown === 'object' ? whenUnknown.index : undefined);
}

/** The list that another input gets. */
function listReader(list: Input | undefined, source: InputSource): Read {
  if (list === undefined) throw new RangeError('a length or mask of no list');
  return readerOf(list, source, false);
}

/** @param isNeeded the task lives on it: absent is refused, nothing known is answered by popular items */
function historyReader({ length }: HistoryInput, lookup: Lookup, isNeeded: boolean): Read {
  return ({ history }) => {
    if (history === undefined && isNeeded) throw lacking('history');
    const found = (history ?? []).map(lookup).filter((index) => index !== undefined);
    if (found.length === 0 && isNeeded) return undefined;
    // All numbers or all strings, as the lookup gives them.
    return (length === undefined ? found : found.slice(-length)) as number[] | string[];
  };
}

function textReader(maxLength: number | undefined, task: Task, read: (text: string) => InputValue | undefined): Read {
  return ({ text }) => {
    if (text === undefined) throw lacking('text');
    if (maxLength !== undefined && text.length > maxLength) {
      throw invalid('text', `must have at most ${maxLength} characters for this model (${task})`);
    }
    return read(text);
  };
}

function contextReader(input: ContextInput, read: (value: InputValue) => InputValue | undefined): Read {
  const field = contextField(input);
  return ({ context }) => {
    const value = given(context, field) ?? input.default;
    if (value === undefined) throw lacking(input.from);
    return read(value);
  };
}

/** Own fields only: `constructor` is no field of a context that does not hold it. */
function given(context: RecommendRequest['context'], field: string): Exclude<ContextValue, null> | undefined {
  return context !== undefined && Object.hasOwn(context, field) ? (context[field] ?? undefined) : undefined;
}

function known(value: InputValue, { from, vocabulary, whenUnknown }: ContextInput, lookup: Lookup): InputValue | undefined {
  if (vocabulary === undefined) return value;
  if (typeof value !== 'string') throw invalid(from, 'must be a string');
  return valueOf(value, lookup, whenUnknown);
}

/** @param path of the field, e.g. `context.season` */
export function invalid(path: string, message: string): Problem {
  return new Problem('InvalidRequest', `${path}: ${message}.`, [{ path, message }]);
}

function lacking(path: string): Problem {
  return invalid(path, 'is required by this model');
}
