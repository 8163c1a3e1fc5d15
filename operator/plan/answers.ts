import type { ModelVersion } from '../api/model.ts';
import { type ActName, actAnnotation } from '../api/names.ts';
import { type Answered, done, refuse } from './answered.ts';
import { approvalsOf, newActs, pauseOf, promotionOf, told } from './acts.ts';
import { type Act, type Answer, championTarget, type Decision } from './decision.ts';
import type { Facts } from './facts.ts';
import { firstFailing, whereIs } from './progress.ts';
import { rollback } from './rollback.ts';
import { awaitsLastApproval } from './steering.ts';
import { verdictsOf } from './verdicts.ts';

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
  if (!wished || (stage !== 'Validating' && stage !== 'Challenger')) return refuse(act, `${act.version} is not on its way`);
  if (rolloutDigest === wished.spec.digest && rolloutState === 'Settled') return refuse(act, `${act.version} serves everyone already; a rollback leads back`);
  if (!champion && rolloutDigest === wished.spec.digest) return refuse(act, 'there is no champion to go back to');
  const message = `${act.version} was aborted${whereIs(facts)} by ${told(act)}.`;
  const verdicts = verdictsOf(facts.observed);
  const evidence = verdicts.length > 0 ? { evidence: verdicts } : {};
  return done(act, message, {
    target: championTarget(champion),
    phase: 'Rejected',
    reason: 'Aborted',
    transitions: [{ version: wished, to: 'Rejected', reason: message, by: act.by, act, ...evidence }],
  });
}

function retry({ quarantinedBy, wished }: Facts, act: Act): Answered {
  if (!quarantinedBy || !wished) return refuse(act, `${act.version} is not rejected`);
  const message = `${act.version} gets another try, asked for by ${told(act)}.`;
  return done(act, message, {
    target: { run: 'Leave' },
    phase: 'Validating',
    reason: 'Retrying',
    transitions: [{ version: quarantinedBy, to: 'Candidate', reason: message, by: act.by, act }],
  });
}

function approve(facts: Facts, act: Act): Answered {
  const { observed, wished, rolloutDigest } = facts;
  if (observed.model.spec.delivery.approval !== 'Manual') return refuse(act, 'delivery.approval is Automatic, so nothing waits for it');
  if (wished?.status?.stage !== 'Challenger') return refuse(act, `${act.version} does not await approval`);
  const isStarted = rolloutDigest === wished.spec.digest;
  if (!isStarted && approvalsOf(wished) === 0) return note(facts, act, wished, `${act.version} may be given to its first users, approved by ${told(act)}.`);
  if (isStarted && awaitsLastApproval(facts, wished)) return note(facts, act, wished, `${act.version} may serve everyone, approved by ${told(act)}.`);
  return refuse(act, `${act.version} does not await approval now`);
}

/** Guardrails that are violated or were not measured are named in the record: nobody skips them unseen. */
function promote(facts: Facts, act: Act): Answered {
  const candidate = candidateUnderWay(facts);
  if (!candidate) return refuse(act, `${act.version} is not among users as a candidate`);
  if (promotionOf(candidate)) return refuse(act, `${act.version} is being promoted already`);
  const failing = firstFailing(facts.observed);
  const state = failing === undefined ? '' : `, although ${failing}`;
  return note(facts, act, candidate, `${act.version} was promoted${whereIs(facts)} by ${told(act)} without the remaining steps and gates${state}.`);
}

function pause(facts: Facts, act: Act): Answered {
  const candidate = candidateUnderWay(facts);
  if (!candidate) return refuse(act, `${act.version} is not among users as a candidate`);
  if (pauseOf(candidate)) return refuse(act, `${act.version} is paused already`);
  return note(facts, act, candidate, `${act.version} was paused${whereIs(facts)} by ${told(act)}.`);
}

function resume(facts: Facts, act: Act): Answered {
  const candidate = candidateUnderWay(facts);
  const isPaused = candidate && (pauseOf(candidate) !== undefined || facts.observed.rollout?.spec.paused === true);
  if (!isPaused) return refuse(act, `${act.version} is not paused`);
  return note(facts, act, candidate, `${act.version} goes on, asked for by ${told(act)}.`);
}

function candidateUnderWay({ wished, champion, rolloutDigest, rolloutState }: Facts): ModelVersion | undefined {
  const isThere = wished?.status?.stage === 'Challenger' && champion !== undefined && rolloutDigest === wished.spec.digest;
  return isThere && (rolloutState === 'Progressing' || rolloutState === 'Unobserved') ? wished : undefined;
}

/** An act that is put on record first; the rules that read the record carry it out. */
function note(facts: Facts, act: Act, version: ModelVersion, message: string): Answered {
  const { phase = 'Canary' } = facts.observed.model.status ?? {};
  return done(act, message, {
    target: { run: 'Leave' },
    phase,
    reason: 'Acted',
    transitions: [{ version, to: 'Challenger', reason: message, by: act.by, act }],
  });
}
