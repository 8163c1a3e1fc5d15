import { Problem } from '../common/problems.ts';
import type { Bundle } from './bundle.ts';
import { contextField, type ContextInput, type HistoryInput, type Input, type WhenUnknown } from './inputs.ts';
import { type Task, TASK_FIELD } from './manifest.ts';
import type { ContextValue, RecommendRequest } from './request.ts';

/** What a request says of one input, before it is known which type the graph wants: a value, or numbers. */
export type InputValue = string | number | boolean | readonly number[];

/** What the inputs of a bundle are taken from. */
export type InputSource = Pick<Bundle, 'manifest' | 'vocabularies' | 'itemRows'>;

/** @returns the value; undefined when popular items are to answer @throws Problem InvalidRequest */
type Read = (request: RecommendRequest) => InputValue | undefined;

/**
 * @returns a function that takes the values of all inputs, in the order of the manifest, from a request; it returns
 *   undefined for a request that the model cannot score and popular items answer, and throws Problem InvalidRequest,
 *   naming the field, for one that lacks what the model needs
 */
export function createInputs(source: InputSource): (request: RecommendRequest) => InputValue[] | undefined {
  const { task, inputs } = source.manifest;
  const reads = inputs.map((input) => readerOf(input, source, task));
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
  if (input.vocabulary !== undefined) return vocabularies.get(input.vocabulary);
  return input.from === 'history' ? itemRows : undefined;
}

function readerOf(input: Input, source: InputSource, task: Task): Read {
  const vocabulary = vocabularyOf(input, source);
  switch (input.from) {
    case 'user_id':
      return ({ user_id }) => indexOf(user_id, vocabulary, input.whenUnknown);
    case 'history':
      return historyReader(input, vocabulary ?? new Map<string, number>(), TASK_FIELD[task] === 'history');
    case 'text':
      return textReader(input.maxLength, task, (text) => indexOf(text, vocabulary, input.whenUnknown));
    default:
      return contextReader(input, (value) => known(value, input, vocabulary));
  }
}

function indexOf(word: string | undefined, vocabulary: ReadonlyMap<string, number> | undefined, whenUnknown?: WhenUnknown) {
  if (vocabulary === undefined || whenUnknown === undefined) return word;
  const index = word === undefined ? undefined : vocabulary.get(word);
  return index ?? (whenUnknown === 'Fallback' ? undefined : whenUnknown.index);
}

/** @param isNeeded the task lives on it: absent is refused, nothing known is answered by popular items */
function historyReader({ length }: HistoryInput, vocabulary: ReadonlyMap<string, number>, isNeeded: boolean): Read {
  return ({ history }) => {
    if (history === undefined && isNeeded) throw lacking('history');
    const indices = (history ?? []).map((id) => vocabulary.get(id)).filter((index) => index !== undefined);
    return indices.length === 0 && isNeeded ? undefined : indices.slice(-length);
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

function known(value: InputValue, { from, whenUnknown }: ContextInput, vocabulary: ReadonlyMap<string, number> | undefined) {
  if (vocabulary === undefined) return value;
  if (typeof value !== 'string') throw invalid(from, 'must be a string');
  return indexOf(value, vocabulary, whenUnknown);
}

/** @param path of the field, e.g. `context.season` */
export function invalid(path: string, message: string): Problem {
  return new Problem('InvalidRequest', `${path}: ${message}.`, [{ path, message }]);
}

function lacking(path: string): Problem {
  return invalid(path, 'is required by this model');
}
