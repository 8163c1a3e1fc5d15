import type { ModelVersion } from '../../../api/model.ts';
import { actAnnotation, type ActName } from '../../../api/names.ts';
import { approvalsOf, candidateUnderWay, newActs, pauseOf, promotionOf, told } from '../../state/acts.ts';
import { awaitedApproval } from '../../state/approval.ts';
import { type Act, type Answer, championTarget, type Decision, type Transition } from '../../state/decision.ts';
import { exposureOf } from '../../state/exposure.ts';
import { firstFailing, whereIs } from '../../state/progress.ts';
import { BY_HAND, reasonOf, wentBack } from '../../state/record.ts';
import { type Facts, isQuarantined, isUnderWay } from '../../state/snapshot.ts';
import { verdictsOf } from '../../state/verdicts.ts';
import { type Answered, done, refuse } from './actionResult.ts';
import { isHold } from './pauseForRollback.ts';
import { rollback } from './rollback.ts';

/** What each act does, or why it is refused. A refusal changes nothing and is not thought over again. */
const HOW: Record<ActName, (facts: Facts, act: Act) => Answered> = { rollback, abort, retry, approve, promote, pause, resume };

/** One act at a time takes effect: the next ones are answered when its consequences are there to be seen. */
export function answerActs(facts: Facts): { decision?: Decision; answers: Answer[] } {
  const all = newActs(facts.observed).map((act) => answer(facts, act));
  const effective = all.find(({ decision }) => decision);
  const refused = all.filter(({ outcome }) => outcome === 'Refused');
  const answers = [...(effective ? [effective] : []), ...refused].map(({ act, outcome, message }) => ({ act, outcome, message }));
  return { ...(effective?.decision ? { decision: effective.decision } : {}), answers };
}

function answer(facts: Facts, act: Act): Answered {
  const form = `write ${actAnnotation(act.name)}="VERSION TOKEN REASON"`;
  if (act.version === '') return refuse(act, `it names no version; ${form}`);
  const named = facts.observed.versions.find(({ spec }) => spec.version === act.version);
  if (act.digest !== undefined && named?.spec.digest !== act.digest) return refuse(act, `${act.version} is registered with another digest`);
  if (act.name !== 'rollback' && act.version !== facts.wish.version) return refuse(act, `spec.release asks for ${facts.wish.version}`);
  return HOW[act.name](facts, act);
}

function abort(facts: Facts, act: Act): Answered {
  const { wished, champion, rolloutDigest, rolloutState } = facts;
  const stage = wished?.status?.stage;
  if (!wished || (stage !== 'Validating' && !isUnderWay(stage))) return refuse(act, `${act.version} is not on its way`);
  if (rolloutDigest === wished.spec.digest && rolloutState === 'Settled') return refuse(act, `${act.version} serves everyone already; a rollback leads back`);
  if (!champion && rolloutDigest === wished.spec.digest) return refuse(act, 'there is no champion to go back to');
  const what = `was aborted${whereIs(facts)} by ${told(act)}`;
  const then = wentBack(champion, exposureOf(facts, wished).seen);
  const transition = byHand(act, { version: wished, to: 'Rejected', what, then, evidence: verdictsOf(facts.observed) });
  return carryOut(transition, { target: championTarget(champion), phase: 'Rejected', reason: 'Aborted' });
}

/** The bundle may have been given up under several numbers, and each of these records would keep it out. */
function retry({ observed, wish, quarantinedBy, wished }: Facts, act: Act): Answered {
  if (!quarantinedBy || !wished) return refuse(act, `${act.version} is not rejected`);
  const words = { what: `gets another try, asked for by ${told(act)}`, then: 'It is validated anew.' };
  const first = byHand(act, { version: quarantinedBy, to: 'Candidate', ...words });
  const others = observed.versions.filter((each) => each !== quarantinedBy && each.spec.digest === wish.digest && isQuarantined(each));
  const transitions = [...others.map((version) => ({ ...first, version })), first];
  return done(act, reasonOf(first), { target: { run: 'Leave' }, phase: 'Validating', reason: 'Retrying', transitions });
}

function approve(facts: Facts, act: Act): Answered {
  const { observed, wished, rolloutDigest } = facts;
  const isStarted = rolloutDigest === wished?.spec.digest;
  const awaited = wished && isStarted ? awaitedApproval(facts, wished) : undefined;
  if (observed.model.spec.delivery.approval !== 'Manual' && !awaited) return refuse(act, 'delivery.approval is Automatic, so nothing waits for it');
  if (!wished || !isUnderWay(wished.status?.stage)) return refuse(act, `${act.version} does not await approval`);
  const approved = `was approved by ${told(act)}`;
  if (!isStarted && approvalsOf(wished) === 0) return note(facts, act, wished, { what: approved, then: 'It may be given to its first users.' });
  if (awaited === 'Users') return note(facts, act, wished, { what: `${approved} after its shadow`, then: 'It may be given to its first users.' });
  if (awaited === 'Everyone') return note(facts, act, wished, { what: approved, then: 'It may serve everyone.' });
  return refuse(act, `${act.version} does not await approval now`);
}

/** Guardrails that are violated or were not measured are named in the record, and what was measured stands there: nobody skips them unseen. */
function promote(facts: Facts, act: Act): Answered {
  const candidate = candidateUnderWay(facts);
  if (!candidate) return refuse(act, `${act.version} is not among users as a candidate`);
  if (promotionOf(candidate)) return refuse(act, `${act.version} is being promoted already`);
  const failing = firstFailing(facts.observed);
  const state = failing === undefined ? '' : `, although ${failing}`;
  const words = { what: `was promoted${whereIs(facts)} by ${told(act)}${state}`, then: 'The remaining steps and gates are skipped.' };
  return note(facts, act, candidate, { ...words, evidence: verdictsOf(facts.observed) });
}

function pause(facts: Facts, act: Act): Answered {
  const candidate = candidateUnderWay(facts);
  if (!candidate) return refuse(act, `${act.version} is not among users as a candidate`);
  const held = pauseOf(candidate);
  // One that is only held for a rollback goes on when that is refused.
  if (held && !isHold(held)) return refuse(act, `${act.version} is paused already`);
  const then = `It stays there, with every guardrail in force, until ${actAnnotation('resume')}="${act.version} TOKEN" lets it go on.`;
  return note(facts, act, candidate, { what: `was paused${whereIs(facts)} by ${told(act)}`, then });
}

function resume(facts: Facts, act: Act): Answered {
  const candidate = candidateUnderWay(facts);
  const isPaused = candidate && (pauseOf(candidate) !== undefined || facts.observed.rollout?.spec.paused === true);
  if (!isPaused) return refuse(act, `${act.version} is not paused`);
  return note(facts, act, candidate, { what: `was resumed${whereIs(facts)} by ${told(act)}`, then: 'It goes on from there.' });
}

/** An act that is put on record first; the rules that read the record carry it out. */
function note(facts: Facts, act: Act, version: ModelVersion, words: Pick<Transition, 'what' | 'then' | 'evidence'>): Answered {
  const { phase = 'Canary' } = facts.observed.model.status ?? {};
  return carryOut(byHand(act, { version, to: version.status?.stage ?? 'Challenger', ...words }), { target: { run: 'Leave' }, phase, reason: 'Acted' });
}

const byHand = (act: Act, more: Omit<Transition, 'rule' | 'by' | 'act'>): Transition & { act: Act } => ({ ...more, rule: BY_HAND[act.name], by: act.by, act });

function carryOut(transition: Transition & { act: Act }, decision: Omit<Decision, 'message' | 'transitions'>): Answered {
  return done(transition.act, reasonOf(transition), { ...decision, transitions: [transition] });
}
