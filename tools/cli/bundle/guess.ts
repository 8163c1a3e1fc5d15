import type { GraphFacts } from '../../../serving/bundle/graph/inspect.ts';
import { MAX_LENGTH } from '../../../serving/bundle/inputs.ts';

const INTEGERS = ['int64', 'int32'];
const FLOATS = ['float32', 'float64'];

/** @returns the name of the file if it exists */
type Usual = (name: string) => string | undefined;

/**
 * The inputs of a manifest, where a graph with one input and a task leave only one choice.
 * @returns undefined when they must be written by hand
 */
export function guessInputs(task: unknown, { inputs }: GraphFacts, usual: Usual): unknown[] | undefined {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) return undefined;
  const { name, type, shape = [] } = input;
  const users = usual('users.json');
  if (task === 'user-to-items' && INTEGERS.includes(type) && users !== undefined) {
    return [{ name, from: 'user_id', vocabulary: users, whenUnknown: 'Fallback' }];
  }
  if ((task === 'text-to-items' || task === 'text-to-classes') && type === 'string') return [{ name, from: 'text' }];
  // One number per item: which of them the history contains.
  if (task === 'items-to-items' && FLOATS.includes(type) && shape.length === 2) {
    return [{ name, from: 'history', encoding: 'MultiHot', length: MAX_LENGTH }];
  }
  return undefined;
}

/** The outputs of a manifest: rows are whole numbers, scores are not. */
export function guessOutputs(task: unknown, { outputs }: GraphFacts): Record<string, string> | undefined {
  const rows = outputs.filter(({ type }) => INTEGERS.includes(type));
  const scores = outputs.filter(({ type }) => FLOATS.includes(type));
  const [score] = scores;
  if (score === undefined || scores.length > 1) return undefined;
  if (task === 'text-to-classes') return { probabilities: score.name };
  const [row] = rows;
  if (row === undefined) return outputs.length === 1 ? { scores: score.name } : undefined;
  return outputs.length === 2 ? { items: row.name, scores: score.name } : undefined;
}
