import type { ModelVersion, Release, RuleName } from '../api/model.ts';
import { namesOf } from '../api/names.ts';
import type { KubernetesObject } from '../api/objects.ts';
import { timestamp } from '../api/times.ts';
import type { RecommenderModelStatus } from '../api/types.gen.ts';
import { accessObjects, accountObjects } from './objects/access.ts';
import { analysisObjects, watchRun } from './objects/analysis.ts';
import { capacityObjects, isAutoscaled } from './objects/capacity.ts';
import { networkObjects } from './objects/network.ts';
import { rolloutObject } from './objects/rollout.ts';
import { routingOf } from './objects/router.ts';
import { usesPodIdentity } from './objects/storage.ts';
import { jobOf, validationJob } from './objects/validationJob.ts';
import { untilOutageLasts } from './report/events.ts';
import { nobodyIsServed } from './report/outage.ts';
import { untilDue } from './report/outbox.ts';
import { statusOf } from './report/status.ts';
import { hasFailed } from './rules/champion/watch.ts';
import { decide } from './rules/decide.ts';
import { afterAll, labelled, registration, versionObject } from './rules/register.ts';
import { expired } from './rules/retention.ts';
import { type ActionResult, type Decision, pausing, type RolloutPatch, type Transition } from './state/decision.ts';
import { withDeliveryInForce } from './state/deliveryInForce.ts';
import type { Observed, PlanConfig } from './state/observed.ts';
import { untilTrouble } from './state/podTrouble.ts';
import type { Reason } from './reasons.ts';
import { isHelpless, isLoss, reasonOf } from './state/record.ts';
import { type Snapshot, snapshotOf } from './state/snapshot.ts';

/** An Event about a decision. */
interface Announcement {
  type: 'Normal' | 'Warning';
  reason: Reason | RuleName;
  message: string;
}

/** The desired state. Whole objects; applying one that already matches costs nothing. */
export interface Plan {
  /** Versions with a new stage. Written first: what was decided is on record before anything acts on it. */
  versions: readonly ModelVersion[];
  /** Patches of the Rollout, sent before anything is applied. */
  patches: readonly RolloutPatch[];
  /** Desired objects in the order of applying: those that create pods after everything before them. */
  objects: readonly KubernetesObject[];
  /** Objects as they were last applied: reverted if someone edited them, and left alone if the plan would change them. */
  reapply: readonly KubernetesObject[];
  /** Owned objects that are no longer needed. */
  prune: readonly KubernetesObject[];
  /** Status of the model. */
  status: RecommenderModelStatus;
  announcements: readonly Announcement[];
  /** Milliseconds after which to plan again though nothing changed. */
  requeueAfterMs?: number;
}

export const EDITED_BY_HAND = 'EditedByHand' satisfies Reason;
export const STATUS_REFUSED = 'StatusRefused' satisfies Reason;

/**
 * Decides what a model needs. Pure: equal input gives an equal plan.
 * @param now milliseconds since the epoch
 */
export function plan(given: Observed, config: PlanConfig, now: number): Plan {
  const { observed, waiting } = withDeliveryInForce(given);
  const snapshot = snapshotOf(observed, config);
  const decided = decide(snapshot, now);
  const decision = { ...decided, message: [decided.message, ...waiting].join(' ') };
  const at = timestamp(now);
  const transitions = decision.transitions ?? [];
  const changed = afterAll(transitions, at, observed.versions);
  const versions = observed.versions.map((each) => changed.find(({ metadata }) => metadata.name === each.metadata.name) ?? each);
  const status = statusOf(snapshot, decision, versions, at);
  const forgotten = expired(snapshot, decision);
  const waits = [decision.requeueAfterMs, untilTrouble(observed.pods, now), untilDue(status, now), untilOutageLasts(snapshot, now)];
  const looksAgain = waits.filter((each) => each !== undefined);
  return {
    versions: changed,
    patches: patchesFor(snapshot, decision),
    objects: objectsFor(snapshot, decision),
    reapply: decision.lastApplied ? [rolloutObject(snapshot, decision.lastApplied)] : [],
    prune: [...leftovers(observed, decision), ...forgotten],
    status,
    announcements: [
      ...transitions.map(announce), ...(decision.results ?? []).flatMap(describeRefusal), ...describeEdit(decision),
      ...describeOutage(snapshot, now),
      ...forgotten.map((each) => describeExpired(each, observed)),
    ],
    ...(looksAgain.length === 0 ? {} : { requeueAfterMs: Math.min(...looksAgain) }),
  };
}

/** A pause holds a candidate, but not the return from it. */
function patchesFor(
  { observed: { rollout, missingKinds }, rolloutDigest }: Snapshot,
  { target, patches = [] }: Decision,
): readonly RolloutPatch[] {
  if (missingKinds.length > 0) return [];
  const isReturn = target.run === 'Champion' && rolloutDigest !== target.release.digest;
  return isReturn && rollout?.spec.paused === true ? [...patches, pausing(false)] : patches;
}

/**
 * A new Rollout and a new candidate come last: they refer to all the others. The return to the champion comes first: a refusal
 * of anything else must not delay it while Argo Rollouts goes on with the candidate.
 */
function objectsFor(snapshot: Snapshot, { target, validate, register, watch }: Decision): KubernetesObject[] {
  const { config } = snapshot;
  const { model, rollout, missingKinds } = snapshot.observed;
  if (missingKinds.length > 0) return [];
  const wanted = target.run === 'Leave' ? [] : [rolloutObject(snapshot, target)];
  const isReturn = target.run === 'Champion' && rollout !== undefined;
  const isServing = wanted.length > 0 || rollout !== undefined;
  return [
    ...(register ? [versionObject(model, register)] : registration(snapshot)),
    ...(isReturn ? wanted : []),
    // A Job's template cannot change: an existing one runs on, whatever else of the spec is changed in the meantime.
    ...(validate && !jobOf(snapshot.observed, validate) ? validationObjects(snapshot, validate, config) : []),
    // Already with the first Job: by the time its version is validated, everything a Rollout needs exists.
    ...(isServing || validate ? servingObjects(snapshot.observed, config) : []),
    // They count pods and scale a Rollout, which have to exist.
    ...(isServing ? capacityObjects(model) : []),
    ...(watch && !watch.run.live ? [watchRun(model, watch, config)] : []),
    ...(isReturn ? [] : wanted),
    ...labelled(snapshot),
  ];
}

function validationObjects({ observed }: Snapshot, release: Release, config: PlanConfig): KubernetesObject[] {
  const { model } = observed;
  return [...(usesPodIdentity(model, release) ? accountObjects(observed) : []), validationJob(model, release, config)];
}

function servingObjects(observed: Observed, config: PlanConfig): KubernetesObject[] {
  const { model } = observed;
  return [...accessObjects(observed), ...networkObjects(observed), ...analysisObjects(model, config)];
}

/** Validation Jobs that have reported, watches that are over, an autoscaler without a range, and objects of another router. */
function leftovers({ owned, model }: Observed, { validate, watch }: Decision): KubernetesObject[] {
  const wanted = validate ? namesOf(model.metadata.name).validationJob(validate.digest) : undefined;
  return owned.filter((each) => {
    const { kind, metadata } = each;
    if (metadata.deletionTimestamp !== undefined) return false;
    if (kind === 'Job') return metadata.name !== wanted;
    // One that found a violation stays for inspection until the next begins.
    if (kind === 'AnalysisRun') return metadata.name !== watch?.run.name && (watch !== undefined || !hasFailed(each));
    if (kind === 'HorizontalPodAutoscaler') return !isAutoscaled(model);
    return kind !== routingOf(model).object?.kind;
  });
}

const announce = (transition: Transition): Announcement => ({
  type: isLoss(transition) || isHelpless(transition) || transition.rule === 'GroupFailed' ? 'Warning' : 'Normal',
  reason: transition.rule,
  message: reasonOf(transition),
});

const describeEdit = ({ edited }: Decision): Announcement[] =>
  edited === undefined ? [] : [{ type: 'Warning', reason: EDITED_BY_HAND, message: edited }];

/** Once, when it begins. */
function describeOutage(snapshot: Snapshot, now: number): Announcement[] {
  const message = nobodyIsServed(snapshot, now);
  const wasReady = snapshot.observed.model.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return message !== '' && wasReady === true ? [{ type: 'Warning', reason: 'Outage', message }] : [];
}

function describeRefusal({ outcome, message }: ActionResult): Announcement[] {
  return outcome === 'Refused' ? [{ type: 'Warning', reason: 'ActRefused', message }] : [];
}

function describeExpired({ metadata, status }: ModelVersion, { model }: Observed): Announcement {
  const stage = status?.stage ?? 'none';
  const { keep } = model.spec.registry;
  const message =
    `Deleted ModelVersion ${metadata.name} (stage ${stage}; spec.registry.keep is ${String(keep)}, ` +
    'and that many newer unused versions are kept).';
  return { type: 'Normal', reason: 'Forgotten', message };
}
