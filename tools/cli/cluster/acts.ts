import { API_GROUP } from '../../../operator/api/kinds.ts';
import type { Model } from './seen.ts';

/** What people may do to a release by hand, and what it does. */
export const ACTS = {
  approve: 'Let a version that awaits approval go on.',
  promote: 'Give a candidate to everyone now, whatever its steps and gates still ask.',
  pause: 'Hold a release where it is.',
  resume: 'Let a paused release go on.',
  abort: 'End a release: everyone is back on the champion, the version is rejected.',
  retry: 'Give a rejected version another try.',
  rollback: 'Make an earlier version the champion again.',
} as const;

export type Act = keyof typeof ACTS;

/** These change what users get at once, against the plan: the record must say why. */
export const NEEDS_REASON: readonly Act[] = ['promote', 'abort', 'rollback'];

export const annotationOf = (act: Act) => `${API_GROUP}/${act}`;

/** Value of the annotation: which version is meant, a token that makes each asking another one, and why. */
export function annotationValue(version: string, token: string, reason: string | undefined): string {
  const why = (reason ?? '').replace(/\s+/g, ' ').trim();
  return [version, token, ...(why === '' ? [] : [why])].join(' ');
}

/** The API server takes printable names of at most 128 characters; whoever wrote the annotation can be read off it. */
export function fieldManager(user: string | undefined): string {
  const name = (user ?? '').replace(/[^\x20-\x7e]/g, '?');
  return (name === '' ? 'kubectl-recommender' : `kubectl-recommender/${name}`).slice(0, 128);
}

/** The version an act means where none is named: the one on its way, else the wished one. */
export function meantVersion({ spec, status }: Model): string {
  return status?.candidate?.version ?? spec.release.version;
}

/** Replaced: another asking took the annotation's place before the operator came to this one. */
export type Outcome = { state: 'waiting' | 'replaced' } | { state: 'done' | 'refused' | 'underway'; sentence: string };

/** What the operator made of the annotation with this value; every value is another one by its token. */
export function outcomeOf({ metadata, status }: Model, act: Act, value: string): Outcome {
  const { lastAct, message = '' } = status ?? {};
  if (lastAct?.text === value && lastAct.act === act) return { state: STATES[lastAct.outcome] ?? 'done', sentence: lastAct.message };
  // Answered, and another act after it: its own sentence is gone from the status.
  if (status?.acts?.[act] === value) return { state: 'done', sentence: message };
  return { state: metadata.annotations?.[annotationOf(act)] === value ? 'waiting' : 'replaced' };
}

const STATES: Record<string, 'done' | 'refused' | 'underway'> = { Done: 'done', Refused: 'refused', Underway: 'underway' };
