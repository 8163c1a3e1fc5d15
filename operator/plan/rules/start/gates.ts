import type { ModelVersion } from '../../../api/model.ts';
import { actAnnotation } from '../../../api/names.ts';
import { minute } from '../../../api/times.ts';
import { milliseconds } from '../../spec/durations.ts';
import { frozenUntil, UnreadableWindow } from '../../spec/freeze.ts';
import { approvalsOf, isPastGates } from '../../state/acts.ts';
import { championTarget, type Decision } from '../../state/decision.ts';
import { endsInVain, isQuarantined, isUnderWay, type Snapshot } from '../../state/snapshot.ts';
import { takesOver } from '../champion/takeOver.ts';

/** Only a version that has not started waits at a gate: one in progress or promoted goes on, and every rollback is possible. */

/** Changes of other models do not requeue this one. */
const LOOK_AGAIN_MS = 15_000;

/** The same digest must have been champion of another model for long enough, and not have been rejected or rolled back there. */
export function desiredVersionNeedsProof(snapshot: Snapshot, now: number): Decision | undefined {
  const { observed, desired } = snapshot;
  if (isPastGates(snapshot)) return undefined;
  for (const { namespace = observed.model.metadata.namespace ?? '', name, championFor } of observed.model.spec.delivery.requires ?? []) {
    const there = `${namespace}/${name}`;
    const records = observed.required.filter(
      ({ metadata, spec }) => metadata.namespace === namespace && spec.model === name && spec.digest === desired.digest,
    );
    const asked = milliseconds(championFor);
    const longest = longestOf(records, now);
    if (longest >= asked) continue;
    const opensAt = openingOf(records, asked);
    const message =
      `${desired.version} waits until its digest has been champion of ${there} for ${championFor}: ` +
      `${notProven(records, opensAt, longest >= 0)}.`;
    return waiting(snapshot, {
      phase: 'Pending',
      reason: 'RequiredElsewhere',
      message,
      requeueAfterMs: Math.min((opensAt ?? Infinity) - now, LOOK_AGAIN_MS),
    });
  }
  return undefined;
}

/** A digest may be on record under several versions: the best of them counts, and none if one was rejected or rolled back. */
const longestOf = (records: readonly ModelVersion[], now: number): number =>
  records.some(isQuarantined) ? -1 : Math.max(-1, ...records.map((each) => longestAsChampion(each, now)));

/** When the champion there will have served for the required time, milliseconds since the epoch. @param asked milliseconds */
function openingOf(records: readonly ModelVersion[], asked: number): number | undefined {
  const since = records.some(isQuarantined) ? undefined : records.find(({ status }) => status?.stage === 'Champion')?.status?.championSince;
  return since === undefined ? undefined : Date.parse(since) + asked;
}

/** Sentence part: what the digest lacks there, and what to do about it. */
function notProven(records: readonly ModelVersion[], opensAt: number | undefined, wasChampion: boolean): string {
  if (records.length === 0) return 'it is not known there, or the operator does not watch that namespace; release it there';
  if (records.some(isQuarantined)) {
    return `it was rejected or rolled back there; release it there again with the annotation ${actAnnotation('retry')}`;
  }
  if (opensAt !== undefined) {
    return (
      'it is champion there and will have served for the required time at ' +
      `${new Date(opensAt).toISOString().replace('T', ' ').slice(0, 19)} UTC`
    );
  }
  if (records.some(({ status }) => status?.stage === 'Validating' || isUnderWay(status?.stage))) return 'it is being released there';
  return wasChampion
    ? 'it is no longer champion there and did not serve for the required time; release it there again'
    : 'it is not serving there; release it there';
}

/**
 * Milliseconds without a break; -1 if it never was champion. A time that ended with a rollback proves nothing, even if the
 * version is retried.
 */
function longestAsChampion({ status }: ModelVersion, now: number): number {
  if (status?.stage === 'Champion') return now - Date.parse(status.championSince ?? '') || 0;
  const decisions = (status?.decisions ?? []).filter(({ from, to }) => from !== to);
  const times = decisions.flatMap(({ to, at }, index) => {
    const next = decisions[index - 1];
    return to === 'Champion' && next && next.to !== 'RolledBack' ? [Date.parse(next.at) - Date.parse(at)] : [];
  });
  return Math.max(-1, ...times);
}

export function desiredVersionAwaitsApproval(snapshot: Snapshot): Decision | undefined {
  const { observed, desired, desiredVersion } = snapshot;
  if (isPastGates(snapshot) || observed.model.spec.delivery.approval !== 'Manual' || !desiredVersion || approvalsOf(desiredVersion) > 0) {
    return undefined;
  }
  const message =
    `${desired.version} passed validation and awaits approval to serve its first users: ` +
    `${actAnnotation('approve')}="${desired.version} TOKEN REASON".`;
  return waiting(snapshot, { phase: 'AwaitingApproval', reason: 'AwaitingApproval', message });
}

export function releasesAreFrozen(snapshot: Snapshot, now: number): Decision | undefined {
  const { observed, desired, desiredVersion } = snapshot;
  if (isPastGates(snapshot) || (desiredVersion && wasGoodChampion(desiredVersion))) return undefined;
  try {
    const end = frozenUntil(observed.model.spec.delivery.freeze ?? [], now);
    if (end === undefined) return undefined;
    const message =
      `${desired.version} is held by a freeze window (delivery.freeze) ` +
      `until ${minute(end)}.`;
    return waiting(snapshot, { phase: 'Pending', reason: 'Frozen', message, requeueAfterMs: Math.min(end - now, LONGEST_TIMER_MS) });
  } catch (error) {
    if (!(error instanceof UnreadableWindow)) throw error;
    const message = `${desired.version} is waiting because delivery.freeze is invalid: ${error.message}. Correct it.`;
    return waiting(snapshot, { phase: 'Pending', reason: 'InvalidFreeze', message });
  }
}

/** It served everyone until another took its place: returning to it is nothing new, although it is released by steps. */
const wasGoodChampion = ({ status }: ModelVersion): boolean =>
  status?.decisions?.find(({ from, to }) => from === 'Champion' && to !== from)?.to === 'Retired';

/** Timers do not reach further than 24 days. */
const LONGEST_TIMER_MS = 86_400_000;

/** Measurements look back over a window; a version retried within it would be judged by its earlier attempt. */
export function earlierAttemptIsInTheWindow(snapshot: Snapshot, now: number): Decision | undefined {
  const { observed, desired, desiredVersion } = snapshot;
  if (isPastGates(snapshot) || !desiredVersion || takesOver(snapshot, now)) return undefined;
  const quietAt = endOfEarlierAttempt(desiredVersion) + milliseconds(observed.model.spec.analysis.window);
  if (quietAt <= now) return undefined;
  const until = new Date(quietAt).toISOString().slice(11, 19);
  const message = `${desired.version} waits until ${until} UTC: before that, measurements would still include its earlier attempt.`;
  return waiting(snapshot, { phase: 'Canary', reason: 'WaitingForQuiet', message, requeueAfterMs: quietAt - now });
}

/** Milliseconds since the epoch at which the version was last taken from users; 0 if it never was. */
function endOfEarlierAttempt({ status }: ModelVersion): number {
  const ended = status?.decisions?.find((each) => each.to === 'RolledBack' || endsInVain(each));
  return ended === undefined ? 0 : Date.parse(ended.at);
}

function waiting({ champion }: Snapshot, decision: Omit<Decision, 'target'>): Decision {
  return { target: championTarget(champion), ...decision };
}
