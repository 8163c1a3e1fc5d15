import type { Bundle, Item } from './bundle.ts';
import { vocabularyOf } from './input-values.ts';
import { contextField, type Input, isList } from './inputs.ts';
import type { ContextValue, RecommendRequest } from './request.ts';

type Source = Pick<Bundle, 'manifest' | 'vocabularies' | 'itemRows' | 'items' | 'classes' | 'golden'>;
type Change = (request: RecommendRequest, turn: number) => RecommendRequest;

const LONGEST_HISTORY = 3;
const LONGEST_TEXT = 1_000;

/**
 * `count` requests that a golden request becomes with other values: other words of each input's vocabulary, smaller
 * numbers, other texts. Whatever else a graph takes keeps its golden value, since nothing says what it may be.
 */
export function madeUpRequests(source: Source, count: number): RecommendRequest[] {
  const { golden, manifest } = source;
  const changes = manifest.inputs.map((input) => changeOf(input, source, count));
  return Array.from({ length: count }, (_, turn) => {
    const request = golden[turn % golden.length]?.request ?? {};
    return changes.reduce((changed, change) => change(changed, turn), request);
  });
}

function changeOf(input: Input, source: Source, count: number): Change {
  // The length and the mask of a list follow from the list, and who is known by name only the graph knows.
  if ('of' in input || (input.from === 'user_id' && input.vocabulary === undefined)) return (request) => request;
  const vocabulary = vocabularyOf(input, source);
  const words = vocabulary === undefined ? textsOf(source, count) : spread(vocabulary.keys(), vocabulary.size, count);
  const wordAt = (turn: number) => words[turn % words.length] ?? '';
  const historyAt = (turn: number) => Array.from({ length: 1 + (turn % LONGEST_HISTORY) }, (_, place) => wordAt(turn + place));
  switch (input.from) {
    case 'user_id':
      return (request, turn) => ({ ...request, user_id: wordAt(turn) });
    case 'history':
      return (request, turn) => ({ ...request, history: historyAt(turn) });
    case 'text': {
      if (vocabulary !== undefined) return (request, turn) => ({ ...request, text: wordAt(turn) });
      const longest = Math.min(input.maxLength ?? LONGEST_TEXT, LONGEST_TEXT);
      return (request, turn) => ({ ...request, text: `${wordAt(turn)} ${request.text ?? ''}`.slice(0, longest) });
    }
    default: {
      const field = contextField(input);
      const shorter = (value: ContextValue | undefined, turn: number) =>
        isList(input) && Array.isArray(value) ? value.slice(0, 1 + (turn % value.length)) : value;
      const valueAt = (value: ContextValue | undefined, turn: number) =>
        vocabulary === undefined ? smaller(shorter(value, turn), turn) : wordAt(turn);
      return (request, turn) => {
        const value = valueAt(request.context?.[field] ?? input.default, turn);
        return value === undefined ? request : { ...request, context: { ...request.context, [field]: value } };
      };
    }
  }
}

/** Between the value and 0, where a graph that takes the one will hardly refuse the other. */
function smaller(value: ContextValue | undefined, turn: number): ContextValue | undefined {
  if (typeof value === 'boolean') return turn % 2 === 0;
  const part = (number: number) => (Number.isInteger(number) ? Math.trunc(number / (turn + 2)) : number / (turn + 2));
  if (Array.isArray(value)) return value.map(part);
  return typeof value === 'number' ? part(value) : value;
}

/** Texts that are not strange to the model: of its items, or labels. */
function textsOf({ items, classes }: Source, count: number): string[] {
  if (items.length === 0) return spread(classes, classes.length, count);
  const textOf = (item: Item) => Object.values(item).filter((value) => typeof value === 'string').join(' ');
  return spread(items, items.length, count).map(textOf);
}

/** At most `count` of `size` values, at equal distances. */
function spread<T>(values: Iterable<T>, size: number, count: number): T[] {
  const step = Math.max(1, Math.floor(size / count));
  const found: T[] = [];
  let place = 0;
  for (const value of values) {
    if (place % step === 0) found.push(value);
    if (found.length === count) break;
    place += 1;
  }
  return found;
}
