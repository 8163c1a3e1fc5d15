import type { ModelVersion } from '../../../api/model.ts';
import { actAnnotation, type ActName } from '../../../api/names.ts';
import { actor, approvalsOf, candidateUnderWay, isPromoted, newActs, pauseOf } from '../../state/acts.ts';
import { awaitedApproval } from '../../state/approval.ts';
import { type Act, type ActionResult, championTarget, type Decision, type Transition } from '../../state/decision.ts';
import { exposureOf } from '../../state/exposure.ts';
import { servesNobody } from '../../state/outage.ts';
import { firstFailing, whereIs } from '../../state/progress.ts';
import { BY_HAND, reasonOf, wentBack } from '../../state/record.ts';
import { isQuarantined, isStarted, isUnderWay, type Snapshot } from '../../state/snapshot.ts';
import { verdictsOf } from '../../state/verdicts.ts';
import { done, type HandledAct, refuse } from './actionResult.ts';
import { isPauseForRollback } from './pauseForRollback.ts';
import { rollback } from './rollback.ts';

/** What each manual action does, or why it is refused. A refusal changes nothing and is final. */
const HOW: Record<ActName, (snapshot: Snapshot, act: Act) => HandledAct> = { rollback, abort, retry, approve, promote, pause, resume };

/** One manual action at a time takes effect: the next one is handled once the consequences are visible. */
export function handleActs(snapshot: Snapshot): { decision?: Decision; results: ActionResult[] } {
  const all = newActs(snapshot.observed).map((act) => answer(snapshot, act));
  const effective = all.find(({ decision }) => decision);
  const refused = all.filter(({ outcome }) => outcome === 'Refused');
  const results = [...(effective ? [effective] : []), ...refused].map(({ act, outcome, message }) => ({ act, outcome, message }));
  return { ...(effective?.decision ? { decision: effective.decision } : {}), results };
}

function answer(snapshot: Snapshot, act: Act): HandledAct {
  const form = `write ${actAnnotation(act.name)}="VERSION TOKEN REASON"`;
  if (act.version === '') return refuse(act, `the annotation names no version; ${form}`);
  const named = snapshot.observed.versions.find(({ spec }) => spec.version === act.version);
  if (act.digest !== undefined && named?.spec.digest !== act.digest) {
    return refuse(act, `${act.version} is registered with a different digest`);
  }
  if (act.name !== 'rollback' && act.version !== snapshot.desired.version) {
    return refuse(act, `spec.release names ${snapshot.desired.version}`);
  }
  return HOW[act.name](snapshot, act);
}

function abort(snapshot: Snapshot, act: Act): HandledAct {
  const { desiredVersion, champion, rolloutDigest, rolloutState } = snapshot;
  const stage = desiredVersion?.status?.stage;
  if (!desiredVersion || (stage !== 'Validating' && !isUnderWay(stage))) return refuse(act, `${act.version} is not in progress`);
  if (rolloutDigest === desiredVersion.spec.digest && rolloutState === 'Settled') {
    return refuse(act, `${act.version} already serves everyone; use a rollback`);
  }
  if (!champion && rolloutDigest === desiredVersion.spec.digest) return refuse(act, 'there is no champion to return to');
  const what = `was aborted${whereIs(snapshot)} by ${actor(act)}`;
  const then = wentBack(champion, exposureOf(snapshot, desiredVersion).seen);
  const transition = byHand(act, { version: desiredVersion, to: 'Rejected', what, then, evidence: verdictsOf(snapshot.observed) });
  return carryOut(transition, { target: championTarget(champion), phase: 'Rejected', reason: 'Aborted' });
}

/** The bundle may have been rejected under several versions, and each of these records would keep it out. */
function retry({ observed, desired, quarantinedBy, desiredVersion }: Snapshot, act: Act): HandledAct {
  if (!quarantinedBy || !desiredVersion) return refuse(act, `${act.version} has not been rejected`);
  const words = { what: `is retried, as requested by ${actor(act)}`, then: 'It is validated again.' };
  const first = byHand(act, { version: quarantinedBy, to: 'Candidate', ...words });
  const others = observed.versions.filter((each) => each !== quarantinedBy && each.spec.digest === desired.digest && isQuarantined(each));
  const transitions = [...others.map((version) => ({ ...first, version })), first];
  return done(act, reasonOf(first), { target: { run: 'Leave' }, phase: 'Validating', reason: 'Retrying', transitions });
}

function approve(snapshot: Snapshot, act: Act): HandledAct {
  const { observed, desiredVersion, rolloutDigest } = snapshot;
  const isStarted = rolloutDigest === desiredVersion?.spec.digest;
  const awaited = desiredVersion && isStarted ? awaitedApproval(snapshot, desiredVersion) : undefined;
  if (observed.model.spec.delivery.approval !== 'Manual' && !awaited) {
    return refuse(act, 'delivery.approval is Automatic, so no approval is needed');
  }
  if (!desiredVersion || !isUnderWay(desiredVersion.status?.stage)) return refuse(act, `${act.version} is not waiting for approval`);
  const approved = `was approved by ${actor(act)}`;
  if (!isStarted && approvalsOf(desiredVersion) === 0) {
    return note(snapshot, act, desiredVersion, { what: approved, then: 'It may serve its first users.' });
  }
  if (awaited === 'Users') {
    return note(snapshot, act, desiredVersion, { what: `${approved} after its shadow phase`, then: 'It may serve its first users.' });
  }
  if (awaited === 'Everyone') return note(snapshot, act, desiredVersion, { what: approved, then: 'It may serve everyone.' });
  return refuse(act, `${act.version} is not waiting for approval at this point`);
}

/** Guardrails that are violated or were not measured are named in the record, with what was measured: nobody skips them unnoticed. */
function promote(snapshot: Snapshot, act: Act): HandledAct {
  const running = candidateUnderWay(snapshot);
  const candidate = running ?? successorOfOutage(snapshot);
  if (!candidate) return refuse(act, `${act.version} is not a running candidate`);
  if (isPromoted(candidate)) return refuse(act, `${act.version} is already being promoted`);
  const then = 'The remaining steps and gates are skipped.';
  if (!running) {
    const what = `was promoted by ${actor(act)}, because champion ${snapshot.champion?.spec.version ?? ''} served nobody`;
    return note(snapshot, act, candidate, { what, then });
  }
  const failing = firstFailing(snapshot.observed);
  const state = failing === undefined ? '' : `, although ${failing}`;
  const what = `was promoted${whereIs(snapshot)} by ${actor(act)}${state}`;
  return note(snapshot, act, candidate, { what, then, evidence: verdictsOf(snapshot.observed) });
}

/** A validated version that has not started, beside a champion that serves nobody. */
function successorOfOutage(snapshot: Snapshot): ModelVersion | undefined {
  const { desiredVersion } = snapshot;
  const isWaiting = isUnderWay(desiredVersion?.status?.stage) && !isStarted(snapshot);
  return isWaiting && servesNobody(snapshot) ? desiredVersion : undefined;
}

function pause(snapshot: Snapshot, act: Act): HandledAct {
  const candidate = candidateUnderWay(snapshot);
  if (!candidate) return refuse(act, `${act.version} is not a running candidate`);
  const held = pauseOf(candidate);
  // A pause that only holds for a rollback ends when that is refused.
  if (held && !isPauseForRollback(held)) return refuse(act, `${act.version} is already paused`);
  const then = `It stays there with every guardrail in force until ${actAnnotation('resume')}="${act.version} TOKEN" is set.`;
  return note(snapshot, act, candidate, { what: `was paused${whereIs(snapshot)} by ${actor(act)}`, then });
}

function resume(snapshot: Snapshot, act: Act): HandledAct {
  const candidate = candidateUnderWay(snapshot);
  const isPaused = candidate && (pauseOf(candidate) !== undefined || snapshot.observed.rollout?.spec.paused === true);
  if (!isPaused) return refuse(act, `${act.version} is not paused`);
  return note(snapshot, act, candidate, { what: `was resumed${whereIs(snapshot)} by ${actor(act)}`, then: 'It continues from there.' });
}

/** An action that is recorded first; the rules that read the record carry it out. */
function note(snapshot: Snapshot, act: Act, version: ModelVersion, words: Pick<Transition, 'what' | 'then' | 'evidence'>): HandledAct {
  const { phase = 'Canary' } = snapshot.observed.model.status ?? {};
  return carryOut(byHand(act, { version, to: version.status?.stage ?? 'Challenger', ...words }), {
    target: { run: 'Leave' },
    phase,
    reason: 'Acted',
  });
}

const byHand = (act: Act, more: Omit<Transition, 'rule' | 'by' | 'act'>): Transition & { act: Act } => ({
  ...more,
  rule: BY_HAND[act.name],
  by: act.by,
  act,
});

function carryOut(transition: Transition & { act: Act }, decision: Omit<Decision, 'message' | 'transitions'>): HandledAct {
  return done(transition.act, reasonOf(transition), { ...decision, transitions: [transition] });
}
