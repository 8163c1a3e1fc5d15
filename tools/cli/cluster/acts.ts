import { actAnnotation, type ActName as Act } from '../../../operator/api/names.ts';
import { CliFailure } from '../terminal/failure.ts';
import type { Model, Version } from './seen.ts';

/** The manual actions on a release, and what each does. */
export const ACTS = {
  approve: 'Approve a version that is waiting for approval.',
  promote: 'Promote the candidate to all users now, skipping its remaining steps and gates.',
  pause: 'Pause a release at its current step.',
  resume: 'Resume a paused release.',
  abort: 'Abort a release: all users return to the champion, and the version is rejected.',
  retry: 'Retry a rejected version.',
  rollback: 'Roll back to an earlier version.',
} as const satisfies Record<Act, string>;

export type { Act };

/** These change what users get immediately, against the plan: the record must say why. */
export const NEEDS_REASON: readonly Act[] = ['promote', 'abort', 'rollback'];

/** The operator copies the reason into records, and reads no further than 500 characters of the annotation. */
const LONGEST_REASON = 400;

/**
 * Value of the annotation: the version, a token that makes each request unique, and the reason.
 * @throws CliFailure if the reason is too long for the record
 */
export function annotationValue(version: string, token: string, reason: string | undefined): string {
  const why = (reason ?? '').replace(/\s+/g, ' ').trim();
  if (why.length > LONGEST_REASON) {
    throw new CliFailure(`The reason has ${why.length} characters; at most ${LONGEST_REASON} are allowed.`, 2);
  }
  return [version, token, ...(why === '' ? [] : [why])].join(' ');
}

/** The API server takes printable names of at most 128 characters; the name says who wrote the annotation. */
export function fieldManager(user: string | undefined): string {
  const name = (user ?? '').replace(/[^\x20-\x7e]/g, '?');
  return (name === '' ? 'kubectl-recommender' : `kubectl-recommender/${name}`).slice(0, 128);
}

/** The version to act on when none is named. */
export function defaultVersion({ spec, status }: Model): string {
  return status?.candidate?.version ?? spec.release.version;
}

/**
 * Replaced: another request took the annotation's place before the operator handled this one. Overtaken: it was answered,
 * and so was another action, whose answer is the one in the status.
 */
export type Outcome = { state: 'waiting' | 'replaced' | 'overtaken' } | { state: 'done' | 'refused' | 'underway'; sentence: string };

/** What became of the annotation with this value; its token makes every value unique. */
export function outcomeOf({ metadata, status }: Model, act: Act, value: string): Outcome {
  const { lastAct } = status ?? {};
  if (lastAct?.text === value && lastAct.act === act) return { state: STATES[lastAct.outcome] ?? 'done', sentence: lastAct.message };
  if (status?.acts?.[act] === value) return { state: 'overtaken' };
  return { state: metadata.annotations?.[actAnnotation(act)] === value ? 'waiting' : 'replaced' };
}

/** An action that was carried out is on the record of a version, with the operator's sentence; a refused one is not. */
export function recordedOutcome(versions: readonly Version[], act: Act, value: string): Outcome {
  const recorded = versions.flatMap(({ status }) => status?.decisions ?? []).find((each) => each.act === `${act} ${value}`);
  if (recorded) return { state: 'done', sentence: recorded.reason };
  return { state: 'refused', sentence: 'it was answered together with another action, and no record shows that it was carried out.' };
}

const STATES: Record<string, 'done' | 'refused' | 'underway'> = { Done: 'done', Refused: 'refused', Underway: 'underway' };
