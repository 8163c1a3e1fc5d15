import { hash } from 'node:crypto';

/** Everything that decides an answer, besides the bundle. */
export interface Question {
  /** Values of the graph's inputs, in the manifest's order: what the model does not look at makes no difference. */
  inputs: readonly (readonly number[] | readonly string[])[];
  k: number;
  /** Rows that must not be in the answer, in any order. */
  banned: readonly number[];
  filter: Readonly<Record<string, unknown>> | undefined;
}

/** Which model's answers. The digest makes a promotion start anew: no version ever gives another's list. */
export interface Scope {
  namespace: string;
  model: string;
  /** `sha256:…` of the bundle. */
  digest: string;
}

/** One text for each question, whatever the order in which its caller wrote it down. */
export function textOf({ inputs, k, banned, filter }: Question): string {
  const start = `${k} ${JSON.stringify(inputs)}`;
  // Most questions, and this is done for each.
  if (banned.length === 0 && filter === undefined) return start;
  const never = [...new Set(banned)].sort((left, right) => left - right);
  const wanted = Object.entries(filter ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  return never.length + wanted.length === 0 ? start : `${start} ${JSON.stringify([never, wanted])}`;
}

/**
 * @returns a function from a question's text to the key of its answer. The hash is a cryptographic one, because callers
 *   choose what is hashed: nobody can make up a request whose answer is shown to somebody else.
 */
export function createKeys({ namespace, model, digest }: Scope): (text: string) => string {
  const prefix = `recommender:${namespace}:${model}:${digest}:`;
  return (text) => prefix + hash('sha256', text, 'base64url');
}
