import { MANAGER } from '../../api/names.ts';
import { championTarget, type Decision } from '../state/decision.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { handleActs } from './acts/handleActs.ts';
import { rollbackPauseIsOver } from './acts/pauseForRollback.ts';
import { superseded } from './acts/superseded.ts';
import { withArgoOverdue } from './argo/argoOverdue.ts';
import { withRefusal } from './argo/argoRefusal.ts';
import { withCarrierReverted } from './argo/revertCarrier.ts';
import { championFailedItsWatch, withWatch } from './champion/watch.ts';
import { groupFailed, groupIsNotReady, groupOfChampionFailed } from './group/group.ts';
import { judgeCandidate } from './judgeCandidate.ts';
import { adopted } from './register.ts';
import { BEFORE_START, firstOf, type Rule } from './start/beforeStart.ts';

/** What has to be in place before anything can be decided, manual actions included. */
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
 * Preconditions, then manual actions, then the end of a pause for a rollback, then the rules.
 * @param now milliseconds since the epoch
 */
export function decide(snapshot: Snapshot, now: number): Decision {
  const blocked = firstOf(PRECONDITIONS, snapshot, now);
  const { decision: acted, results } = blocked ? { results: [] } : handleActs(snapshot);
  const decision = blocked ?? acted ?? rollbackPauseIsOver(snapshot, results) ?? firstOf(RULES, snapshot, now);
  if (!decision) throw new Error(`no rule decided about ${snapshot.desired.version}`);
  const transitions = [...(blocked ? [] : adopted(snapshot)), ...superseded(snapshot), ...(decision.transitions ?? [])];
  const whole = withWatch(snapshot, { ...withRefusal(snapshot, decision), results, transitions }, now);
  return withArgoOverdue(snapshot, withCarrierReverted(snapshot, whole, now), now);
}

function kindsAreMissing({ observed, champion }: Snapshot): Decision | undefined {
  if (observed.missingKinds.length === 0) return undefined;
  const remedy = observed.missingKinds.every((kind) => kind === 'VirtualService')
    ? 'Istio, or choose another delivery.router'
    : 'Argo Rollouts';
  return {
    target: { run: 'Leave' },
    phase: champion ? 'Degraded' : 'Pending',
    reason: 'MissingKinds',
    message: `Missing in this cluster: ${observed.missingKinds.join(', ')}; install ${remedy}. Nothing changes until then.`,
  };
}

/**
 * The champion's ModelVersion was deleted while the model lives. Without it the next desired version would count as a first
 * version and start without steps, so it is written again from the model's status before anything else.
 */
function championRecordIsLost({ champion, lostChampion, observed }: Snapshot): Decision | undefined {
  if (champion || !lostChampion) return undefined;
  const { version, digest } = lostChampion;
  const record = observed.versions.find(({ spec }) => spec.version === version && spec.digest === digest);
  const message = `The ModelVersion of champion ${version} is missing; it is being restored from the status of the model.`;
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

const RESTORED = {
  what: 'serves as champion',
  why: 'its record was missing and was restored from the status of the model',
  then: 'Nothing changes for users.',
};

/**
 * The desired version still says Champion beside its successor: its new stage is written (superseded) before it counts as the
 * desired version.
 */
function successionIsHalfRecorded({ desiredVersion, champion }: Snapshot): Decision | undefined {
  if (desiredVersion?.status?.stage !== 'Champion' || !champion || champion.spec.version === desiredVersion.spec.version) return undefined;
  const message = `${champion.spec.version} is champion instead of ${desiredVersion.spec.version}; this is being recorded.`;
  return { target: championTarget(champion), phase: 'Pending', reason: 'Recording', message };
}

