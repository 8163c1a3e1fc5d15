import { MANAGER } from '../../api/names.ts';
import { championTarget, type Decision } from '../state/decision.ts';
import type { Facts } from '../state/snapshot.ts';
import { answerActs } from './acts/answerActs.ts';
import { holdIsOver } from './acts/pauseForRollback.ts';
import { leftBehind } from './acts/superseded.ts';
import { withSilence } from './argo/argoOverdue.ts';
import { withRefusal } from './argo/argoRefusal.ts';
import { withCarrierPutBack } from './argo/revertCarrier.ts';
import { championFailedItsWatch, withWatch } from './champion/watch.ts';
import { groupFailed, groupIsNotReady, groupOfChampionFailed } from './group/group.ts';
import { judgeCandidate } from './judgeCandidate.ts';
import { takenUp } from './register.ts';
import { BEFORE_START, firstOf, type Rule } from './start/beforeStart.ts';

/** What has to be in place before anything can be decided, acts of people included. */
const PRECONDITIONS: readonly Rule[] = [kindsAreMissing, championRecordIsLost, successionIsHalfRecorded];

/** The rules in order; the first that has something to say decides. This list is the documentation of a release. */
const RULES: readonly Rule[] = [
  championFailedItsWatch,
  groupOfChampionFailed,
  ...BEFORE_START,
  groupIsNotReady,
  groupFailed,
  judgeCandidate,
];

/**
 * Preconditions, then what people ask for by annotation, then what a rollback held that came to nothing, then the rules.
 * @param now milliseconds since the epoch
 */
export function decide(facts: Facts, now: number): Decision {
  const blocked = firstOf(PRECONDITIONS, facts, now);
  const { decision: acted, answers } = blocked ? { answers: [] } : answerActs(facts);
  const decision = blocked ?? acted ?? holdIsOver(facts, answers) ?? firstOf(RULES, facts, now);
  if (!decision) throw new Error(`no rule decided about ${facts.wish.version}`);
  const transitions = [...(blocked ? [] : takenUp(facts)), ...leftBehind(facts), ...(decision.transitions ?? [])];
  const whole = withWatch(facts, { ...withRefusal(facts, decision), answers, transitions }, now);
  return withSilence(facts, withCarrierPutBack(facts, whole, now), now);
}

function kindsAreMissing({ observed, champion }: Facts): Decision | undefined {
  if (observed.missingKinds.length === 0) return undefined;
  const remedy = observed.missingKinds.every((kind) => kind === 'VirtualService') ? 'Istio, or choose another delivery.router' : 'Argo Rollouts';
  return {
    target: { run: 'Leave' },
    phase: champion ? 'Degraded' : 'Pending',
    reason: 'MissingKinds',
    message: `This cluster does not know ${observed.missingKinds.join(', ')}; install ${remedy}. Nothing is changed until then.`,
    stalled: true,
  };
}

/**
 * The champion's ModelVersion was deleted while the model lives. Without it the next wish would count as a first
 * version and start without steps, so it is written again from the model's status before anything else.
 */
function championRecordIsLost({ champion, lostChampion, observed }: Facts): Decision | undefined {
  if (champion || !lostChampion) return undefined;
  const { version, digest } = lostChampion;
  const record = observed.versions.find(({ spec }) => spec.version === version && spec.digest === digest);
  const message = `The ModelVersion of champion ${version} is gone; it is written again from the status of the model.`;
  return {
    target: { run: 'Leave' },
    phase: 'Degraded',
    reason: 'Rebuilding',
    message,
    ...(record
      ? { transitions: [{ version: record, to: 'Champion', rule: 'RecordRestored', ...RESTORED, by: MANAGER }] }
      : { register: lostChampion }),
  };
}

const RESTORED = { what: 'serves as champion', why: 'its record was gone and is restored from the status of the model', then: 'Nothing changes for users.' };

/** The wish still says Champion beside its successor: what it becomes is written (leftBehind) before it counts as a wish. */
function successionIsHalfRecorded({ wished, champion }: Facts): Decision | undefined {
  if (wished?.status?.stage !== 'Champion' || !champion || champion.spec.version === wished.spec.version) return undefined;
  const message = `${champion.spec.version} is champion instead of ${wished.spec.version}; that is being recorded.`;
  return { target: championTarget(champion), phase: 'Pending', reason: 'Recording', message };
}

