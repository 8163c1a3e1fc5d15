import type { DecisionRecord, ModelVersion } from '../../../api/model.ts';
import { actor, actsOn, candidateUnderWay, pauseOf, recordOf } from '../../state/acts.ts';
import { type Act, type ActionResult, type Decision, pausing, type Transition } from '../../state/decision.ts';
import { whereIs } from '../../state/progress.ts';
import { bare, BY_HAND, reasonOf } from '../../state/record.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import { phaseOf } from '../../state/steps.ts';

/** Takes the place of the version in a pause by a person: no annotation value can be mistaken for it. */
const FOR_ROLLBACK = 'pause rollback ';

/** Whether the pause on record was made for a rollback and not requested by a person. */
export const isPauseForRollback = ({ act }: DecisionRecord): boolean => act?.startsWith(FOR_ROLLBACK) === true;

/**
 * While a rollback of its champion is being validated nothing is decided about a candidate, so it stays at its step. Recorded
 * once per attempt, however often the same rollback is tried. If a person has already paused the candidate, here or in Argo
 * Rollouts, there is nothing to record, and nothing to undo.
 */
export function pauseForRollback(snapshot: Snapshot, candidate: ModelVersion, act: Act): Pick<Decision, 'transitions' | 'patches'> {
  const isPaused = snapshot.observed.rollout?.spec.paused === true;
  const held = { name: 'pause', text: recordOf(act) } as const;
  const isOnRecord = actsOn(candidate).some((each) => each.act === recordOf(held));
  const what = `was paused${whereIs(snapshot)} because ${actor(act)} requested a rollback to ${act.version}`;
  const then = 'It stays there with every guardrail in force until the rollback replaces it, or is refused and it resumes.';
  const pause: Transition = {
    version: candidate,
    to: candidate.status?.stage ?? 'Challenger',
    rule: BY_HAND.pause,
    what,
    then,
    by: act.by,
    act: held,
  };
  return {
    ...(isPaused || isOnRecord || pauseOf(candidate) ? {} : { transitions: [pause] }),
    ...(isPaused ? {} : { patches: [pausing(true)] }),
  };
}

/**
 * Evaluated when no rollback is in progress: the one that held the candidate was refused, withdrawn, or replaced by one that
 * was refused.
 */
export function rollbackPauseIsOver(snapshot: Snapshot, results: readonly ActionResult[]): Decision | undefined {
  const candidate = candidateUnderWay(snapshot);
  const held = candidate && pauseOf(candidate);
  if (!candidate || !held?.act || !isPauseForRollback(held)) return undefined;
  const refusal = results.find(({ act }) => act.name === 'rollback');
  const why = refusal ? bare(refusal.message) : 'the rollback it was paused for did not take place';
  const resume: Transition = {
    version: candidate,
    to: candidate.status?.stage ?? 'Challenger',
    rule: BY_HAND.resume,
    what: `was resumed${whereIs(snapshot)} because ${why}`,
    then: 'It continues from there.',
    by: held.by,
    act: { name: 'resume', text: held.act.slice('pause '.length) },
  };
  const patches = snapshot.observed.rollout?.spec.paused === true ? [pausing(false)] : [];
  return {
    target: { run: 'Leave' },
    phase: phaseOf(snapshot.observed),
    reason: 'Acted',
    message: reasonOf(resume),
    transitions: [resume],
    patches,
  };
}
