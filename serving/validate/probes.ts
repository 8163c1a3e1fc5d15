import type { Bundle } from '../bundle/bundle.ts';
import { vocabularyOf } from '../bundle/input-values.ts';
import { contextField, type HistoryInput, type Input, type ListInput, MAX_LENGTH } from '../bundle/inputs.ts';
import type { RecommendRequest } from '../bundle/request.ts';

/** A request that makes the manifest send an index that golden requests may never use. */
export interface Probe {
  request: RecommendRequest;
  /** The index, for a message: `users.json has 11 entries, but the graph failed on row 10`. */
  fault: string;
}

/**
 * The last row of every vocabulary, and each index that stands for nothing or for what is unknown: a table that is too
 * short for one of them fails its users alone.
 * @param base a request that the model can score
 */
export function probesOf(bundle: Bundle, base: RecommendRequest): Probe[] {
  return bundle.manifest.inputs.flatMap((input) => {
    const vocabulary = vocabularyOf(input, bundle);
    if (vocabulary === undefined || 'of' in input) return [];
    if (input.from === 'history') return historyProbes(input, vocabulary, bundle, base);
    const last = { request: withValue(base, input, lastOf(vocabulary, 1)[0]), fault: lastRow(input, vocabulary, bundle) };
    return [last, ...strangers(input, vocabulary, base)];
  });
}

type SingleInput = Exclude<Input, HistoryInput | ListInput>;

function strangers(input: SingleInput, vocabulary: ReadonlyMap<string, number>, base: RecommendRequest): Probe[] {
  if (typeof input.whenUnknown !== 'object') return [];
  const fault = `unknown values of ${input.from} get the index ${input.whenUnknown.index} (whenUnknown), but the graph failed on it`;
  return [{ request: withValue(base, input, strangerTo(vocabulary)), fault }];
}

/** The padding comes first, beside the first row: the last row, which may come with padding, cannot be mistaken for it then. */
function historyProbes(input: HistoryInput, vocabulary: ReadonlyMap<string, number>, bundle: Bundle, base: RecommendRequest): Probe[] {
  const probe = (history: string[], fault: string): Probe => ({ request: { ...base, history }, fault: `${fault}, but the graph failed on it` });
  const last = { request: { ...base, history: lastOf(vocabulary, 1) }, fault: lastRow(input, vocabulary, bundle) };
  if (input.encoding === 'MultiHot') return [last];
  const short = bundle.manifest.task === 'items-to-items' ? firstOf(vocabulary) : [];
  const padding = input.padding === undefined ? 'the default padding' : `the index ${input.padding} (padding)`;
  const padded = short.length === input.length ? [] : [probe(short, `a short history is filled up with ${padding}`)];
  const long = lastOf(vocabulary, MAX_LENGTH);
  const longest = input.length === undefined ? [probe(long, `a history may have ${long.length} ids (no length is set)`)] : [];
  return [...padded, last, ...longest];
}

function lastRow(input: Exclude<Input, ListInput>, vocabulary: ReadonlyMap<string, number>, { manifest }: Bundle): string {
  const file = input.vocabulary ?? ('items' in manifest ? manifest.items : input.name);
  return `${file} has ${vocabulary.size} entries, but the graph failed on row ${vocabulary.size - 1}`;
}

function withValue(base: RecommendRequest, input: SingleInput, value: string | undefined): RecommendRequest {
  switch (input.from) {
    case 'user_id':
      return { ...base, user_id: value };
    case 'text':
      return { ...base, text: value };
    default:
      return { ...base, context: { ...base.context, [contextField(input)]: value ?? null } };
  }
}

/** The words of the last rows, `most` at most. */
function lastOf(vocabulary: ReadonlyMap<string, number>, most: number): string[] {
  const from = vocabulary.size - most;
  const last: string[] = [];
  for (const [word, index] of vocabulary) if (index >= from) last.push(word);
  return last;
}

function firstOf(vocabulary: ReadonlyMap<string, number>): string[] {
  const [word] = vocabulary.keys();
  return word === undefined ? [] : [word];
}

function strangerTo(vocabulary: ReadonlyMap<string, number>): string {
  let word = 'a stranger';
  while (vocabulary.has(word)) word += '?';
  return word;
}
