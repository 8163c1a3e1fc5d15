import { actAnnotation, type ActName as Act } from '../../../operator/api/names.ts';
import { CliFailure } from '../terminal/failure.ts';
import type { Model, Version } from './seen.ts';

/** What people may do to a release by hand, and what it does. */
export const ACTS = {
  approve: 'Let a version that awaits approval go on.',
  promote: 'Give a candidate to everyone now, whatever its steps and gates still ask.',
  pause: 'Hold a release where it is.',
  resume: 'Let a paused release go on.',
  abort: 'End a release: everyone is back on the champion, the version is rejected.',
  retry: 'Give a rejected version another try.',
  rollback: 'Make an earlier version the champion again.',
} as const satisfies Record<Act, string>;

export type { Act };

/** These change what users get at once, against the plan: the record must say why. */
export const NEEDS_REASON: readonly Act[] = ['promote', 'abort', 'rollback'];

/** The operator copies the reason into records, and reads no further than 500 characters of the annotation. */
const LONGEST_REASON = 400;

/**
 * Value of the annotation: which version is meant, a token that makes each asking another one, and why.
 * @throws CliFailure where the reason is too long for the record
 */
export function annotationValue(version: string, token: string, reason: string | undefined): string {
  const why = (reason ?? '').replace(/\s+/g, ' ').trim();
  if (why.length > LONGEST_REASON) throw new CliFailure(`The reason has ${why.length} characters; the record takes ${LONGEST_REASON}.`, 2);
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

/**
 * Replaced: another asking took the annotation's place before the operator came to this one. Overtaken: it was answered,
 * and so was another act, whose answer is the one that the status shows.
 */
export type Outcome = { state: 'waiting' | 'replaced' | 'overtaken' } | { state: 'done' | 'refused' | 'underway'; sentence: string };

/** What the operator made of the annotation with this value; every value is another one by its token. */
export function outcomeOf({ metadata, status }: Model, act: Act, value: string): Outcome {
  const { lastAct } = status ?? {};
  if (lastAct?.text === value && lastAct.act === act) return { state: STATES[lastAct.outcome] ?? 'done', sentence: lastAct.message };
  if (status?.acts?.[act] === value) return { state: 'overtaken' };
  return { state: metadata.annotations?.[actAnnotation(act)] === value ? 'waiting' : 'replaced' };
}

/** What was carried out is on the record of a version, with the operator's sentence; what was refused is not. */
export function recordedOutcome(versions: readonly Version[], act: Act, value: string): Outcome {
  const recorded = versions.flatMap(({ status }) => status?.decisions ?? []).find((each) => each.act === `${act} ${value}`);
  return recorded ? { state: 'done', sentence: recorded.reason } : { state: 'refused', sentence: 'it was answered along with another act and is not on record as carried out.' };
}

const STATES: Record<string, 'done' | 'refused' | 'underway'> = { Done: 'done', Refused: 'refused', Underway: 'underway' };
