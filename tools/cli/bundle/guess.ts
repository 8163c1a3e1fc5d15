import type { GraphFacts } from '../../../serving/bundle/graph/inspect.ts';
import type { GraphValue } from '../../../serving/bundle/graph/value-info.ts';
import { isOfClasses } from '../../../serving/bundle/manifest.ts';

const INTEGERS = ['int64', 'int32'];
const FLOATS = ['float32', 'float64', 'float16'];

/** @returns the name of the file if it exists */
type Usual = (name: string) => string | undefined;

/**
 * The inputs of a manifest, where a graph and a task leave only one choice: for a graph with one input, or for a model that
 * goes by the context alone, whose fields are called like the inputs.
 * @returns undefined when they must be written by hand
 */
export function guessInputs(task: unknown, { inputs }: GraphFacts, usual: Usual): unknown[] | undefined {
  if (task === 'context-to-items' || task === 'context-to-classes') return inputs.map(({ name }) => ({ name, from: `context.${name}` }));
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) return undefined;
  const guess = task === 'user-to-items' ? guessUser(input, usual('users.json')) : guessInput(task, input);
  return guess && [{ name: input.name, ...guess }];
}

function guessUser({ type }: GraphValue, users: string | undefined): object | undefined {
  if (type === 'string' && users === undefined) return { from: 'user_id' };
  const isUser = type === 'string' || INTEGERS.includes(type);
  return isUser && users !== undefined ? { from: 'user_id', vocabulary: users, whenUnknown: 'Fallback' } : undefined;
}

function guessInput(task: unknown, { type, shape = [] }: GraphValue): object | undefined {
  if ((task === 'text-to-items' || task === 'text-to-classes') && type === 'string') return { from: 'text' };
  // One number per item: which of them the history contains.
  const isPerItem = FLOATS.includes(type) && shape.length === 2;
  return task === 'items-to-items' && isPerItem ? { from: 'history', encoding: 'MultiHot' } : undefined;
}

/** The outputs of a manifest: rows are whole numbers, scores are not. */
export function guessOutputs(task: unknown, { outputs }: GraphFacts): Record<string, string> | undefined {
  const rows = outputs.filter(({ type }) => INTEGERS.includes(type));
  const scores = outputs.filter(({ type }) => FLOATS.includes(type));
  const [score] = scores;
  if (score === undefined || scores.length > 1) return undefined;
  if (isOfClasses(task)) return { probabilities: score.name };
  const [row] = rows;
  if (row === undefined) return outputs.length === 1 ? { scores: score.name } : undefined;
  return outputs.length === 2 ? { items: row.name, scores: score.name } : undefined;
}
