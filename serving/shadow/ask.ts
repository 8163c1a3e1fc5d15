import { HEADERS } from '../contract/http.ts';
import type { Target } from '../traffic/target.ts';
import { compare, type Ranking } from './compare.ts';
import type { Duplicate, ShadowResult } from './messages.ts';

/** Nobody waits for the answer, so nobody can go away. */
const NOBODY = new AbortController().signal;

/** Sends a duplicate to the candidate and compares the answer with the champion's. */
export async function ask(target: Pick<Target, 'send'>, { body, answer, requestId, credentials }: Duplicate): Promise<ShadowResult> {
  const along = { ...credentials, [HEADERS.shadow]: '1' };
  const attempt = await target.send({ body: Buffer.from(body, 'latin1'), requestId, credentials: along, signal: NOBODY });
  if (attempt.outcome === 'open') return { outcome: 'error' };
  const { seconds } = attempt;
  // Of another version: the Service has not caught up with the candidate, which never saw this.
  if (attempt.outcome === 'mismatch') return { outcome: 'dropped' };
  if (attempt.outcome !== 'ok') return { outcome: attempt.outcome === 'timeout' ? 'timeout' : 'error', seconds };
  const candidate = rankingOf(attempt.answer.body);
  const champion = rankingOf(Buffer.from(answer, 'latin1'));
  if (candidate === undefined || champion === undefined) return { outcome: 'error', seconds };
  return { outcome: 'compared', seconds, comparison: compare(champion, candidate) };
}

/** Reads an answer to `POST /recommend`; undefined when it is none. */
export function rankingOf(body: Buffer): Ranking | undefined {
  try {
    const { items, classes, fallback } = JSON.parse(body.toString()) as Answer;
    const places =
      items?.map(({ id, score }) => [id, score] as const) ??
      classes?.map(({ label, probability }) => [label, probability] as const);
    const isWhole = places?.every(([key, score]) => typeof key === 'string' && typeof score === 'number') === true;
    if (!isWhole || places === undefined || typeof fallback !== 'boolean') return undefined;
    return { keys: places.map(([key]) => key), scores: places.map(([, score]) => score), fallback };
  } catch {
    return undefined;
  }
}

interface Answer {
  items?: { id: string; score: number }[];
  classes?: { label: string; probability: number }[];
  fallback: boolean;
}
