import type { AnalysisRun } from '../../../api/argo.ts';
import type { DecisionRecord, ModelVersion, Phase, RecommenderModel } from '../../../api/model.ts';
import { MANAGER, namesOf, WATCH } from '../../../api/names.ts';
import type { KubernetesObject } from '../../../api/objects.ts';
import { minute } from '../../../api/times.ts';
import { milliseconds } from '../../spec/durations.ts';
import type { Guardrail } from '../../spec/guardrails.ts';
import { limits, watchGuardrails } from '../../spec/watchGuardrails.ts';
import { championTarget, type Decision, type Transition, type Watch } from '../../state/decision.ts';
import { describeOutage, outageOf } from '../../state/outage.ts';
import { reasonOf } from '../../state/record.ts';
import { isQuarantined, isUnderWay, type Snapshot } from '../../state/snapshot.ts';
import { verdictsOfRuns, violations } from '../../state/verdicts.ts';
import { beingTried, type Way, wayBack } from '../acts/rollback.ts';

/**
 * The running watch. The champion's last record is then its promotion, or that it cannot be rolled back yet: a rollback starts
 * no watch, and the end of a watch is a record of its own. A watch whose time was over before it began never begins.
 */
export function watchOf({ observed, champion }: Snapshot, now: number): Watch | undefined {
  const { model, runs } = observed;
  const promotion = champion?.status?.decisions?.find(({ rule }) => rule !== 'NoWayBack');
  const lasts = milliseconds(model.spec.delivery.after.watchFor);
  if (!champion || !promotion || !isPromotion(promotion) || lasts === 0) return undefined;
  const since = Date.parse(promotion.at) / 1000;
  const until = since * 1000 + lasts;
  // Unique per champion, even if two were promoted within one second.
  const name = namesOf(model.metadata.name).watch(Date.parse(champion.status?.championSince ?? promotion.at) / 1000);
  const live = runs.find(({ metadata }) => metadata.name === name);
  if (!live && now >= until) return undefined;
  const previous = championBefore(observed.versions, champion, since);
  const guardrails = watchGuardrails(model, previous && { version: previous.spec.version, until: since });
  const verdicts = live ? verdictsOfRuns([live], guardrails) : [];
  return { champion, previous, since, until, guardrails, run: { name, live }, verdicts };
}

const isPromotion = ({ from, to, act }: DecisionRecord): boolean => isUnderWay(from) && to === 'Champion' && act === undefined;

/** The version that the champion replaced, unless it was rejected or rolled back since. */
function championBefore(versions: readonly ModelVersion[], champion: ModelVersion, since: number): ModelVersion | undefined {
  return versions
    .filter((each) => each.metadata.name !== champion.metadata.name && !isQuarantined(each))
    .find(({ status }) => status?.decisions?.some(({ to, at }) => to === 'Retired' && Date.parse(at) / 1000 >= since));
}

/** The phase of a version that has just begun to serve everyone. */
export const phaseOnceServing = ({ spec }: RecommenderModel): Phase =>
  milliseconds(spec.delivery.after.watchFor) > 0 ? 'Watching' : 'Healthy';

/** While a newer version has users, the champion is its baseline, and may soon be replaced. */
const isAlone = ({ champion, rolloutDigest }: Snapshot): boolean => champion !== undefined && rolloutDigest === champion.spec.digest;

/** Everyone returns to the previous champion. A newer desired version that has not started yet then starts from that one. */
export function championFailedItsWatch(snapshot: Snapshot, now: number): Decision | undefined {
  const watch = watchOf(snapshot, now);
  const cause = watch && causeOfReturn(snapshot, watch, now);
  return cause && returnFrom(snapshot, watch, { rule: 'WatchViolated', ...cause }, now);
}

/** Of a champion without ready pods nothing is measured, so no guardrail would ever be violated. */
function causeOfReturn(snapshot: Snapshot, { guardrails, verdicts }: Watch, now: number): Omit<Cause, 'rule'> | undefined {
  const why = violations(guardrails, verdicts);
  if (why !== undefined) return { failed: FAILED, why };
  const outage = outageOf(snapshot, now);
  if (outage?.isLasting !== true) return undefined;
  return { failed: 'served nobody after its promotion', why: `it had ${describeOutage(snapshot, outage, now)}` };
}

/** Why a watched champion is rolled back; `failed`: sentence part that follows its version, `why`: the evidence. */
type Cause = Pick<Transition, 'rule'> & { failed: string; why: string };

/** Undefined if there is nobody to return to, or a newer version has users. */
export function returnFrom(snapshot: Snapshot, watch: Watch, cause: Cause, now: number): Decision | undefined {
  const { champion, previous, verdicts, since } = watch;
  if (!previous || !isAlone(snapshot) || isPassedBy(snapshot, watch)) return undefined;
  const { rule, why } = cause;
  const failed = `${champion.spec.version} ${cause.failed}`;
  const way = wayBack(snapshot, {
    to: previous,
    rule,
    what: `is champion again because ${failed}`,
    why,
    by: MANAGER,
    act: { name: WATCH, text: `${champion.spec.version} ${String(since)}` },
    evidence: verdicts,
  });
  if (way.state === 'Open') return way.decision;
  if (way.state === 'Trying') {
    return { ...way.decision, phase: 'Watching', message: `${failed}: ${why}. ${beingTried(previous.spec.version)}` };
  }
  return noWayBack(watch, cause, way, now);
}

/** Once it is reported that there is no way back, a newer desired version is the way forward. */
function isPassedBy({ desired, quarantinedBy }: Snapshot, { champion, previous }: Watch): boolean {
  const isNewer = ![champion, previous].some((each) => each?.spec.digest === desired.digest);
  return isNewer && !quarantinedBy && champion.status?.decisions?.[0]?.rule === 'NoWayBack';
}

/** Reported and recorded once; then retried, since a bundle store may come back. */
function noWayBack(
  { champion, previous, verdicts }: Watch,
  { failed, why }: Cause,
  way: Extract<Way, { state: 'Barred' }>,
  now: number,
): Decision {
  const then =
    `${previous?.spec.version ?? 'The previous version'} cannot be restored: ${way.why}; ` +
    'publish it again, or set spec.release to a good version.';
  const transition: Transition = {
    version: champion,
    to: 'Champion',
    rule: 'NoWayBack',
    what: failed,
    why,
    then,
    by: MANAGER,
    evidence: verdicts,
  };
  const isOnRecord = champion.status?.decisions?.[0]?.rule === 'NoWayBack';
  const wait = way.since === undefined ? 0 : Math.max(0, Date.parse(way.since) + TRY_AGAIN_MS - now);
  return {
    target: championTarget(champion),
    phase: 'Watching',
    reason: 'NoWayBack',
    message: reasonOf(transition),
    transitions: isOnRecord ? [] : [transition],
    // The Job is removed after a while and recreated; if the bundle is invalid for good, it stays as the evidence.
    ...(way.since === undefined || wait > 0 ? { validate: way.release } : {}),
    ...(wait > 0 ? { requeueAfterMs: wait } : {}),
  };
}

const FAILED = 'violated its guardrails after its promotion';

const TRY_AGAIN_MS = 30_000;

/** The decision together with the running watch, whatever it is about. */
export function withWatch(snapshot: Snapshot, decision: Decision, now: number): Decision {
  const watch = watchOf(snapshot, now);
  if (!watch) return decision;
  const { transitions = [], requeueAfterMs } = decision;
  const isDecided = transitions.some(({ version }) => version.metadata.name === watch.champion.metadata.name);
  const waits = [requeueAfterMs, untilEnd(watch, now)].filter((each) => each !== undefined);
  return {
    ...decision,
    watch,
    transitions: [...transitions, ...(isDecided ? [] : watchEnds(snapshot, watch, now))],
    ...(waits.length === 0 ? {} : { requeueAfterMs: Math.min(...waits) }),
  };
}

/** The record that ends a watch: it was passed, or failed without a version to return to. */
function watchEnds(snapshot: Snapshot, watch: Watch, now: number): Transition[] {
  const { champion, previous, guardrails, verdicts } = watch;
  if (!isAlone(snapshot)) return [];
  const record = (words: Pick<Transition, 'rule' | 'what' | 'why' | 'then'>): Transition => ({
    version: champion,
    to: 'Champion',
    ...words,
    by: MANAGER,
    evidence: verdicts,
  });
  const why = violations(guardrails, verdicts);
  if (why !== undefined) {
    const then = 'There is no previous version to return to, so nothing changes.';
    return previous ? [] : [record({ rule: 'NothingToReturnTo', what: FAILED, why, then })];
  }
  if (now < watch.until || unmeasured(snapshot.observed.model, watch) !== undefined) return [];
  const { watchFor } = snapshot.observed.model.spec.delivery.after;
  return [
    record({
      rule: 'WatchKept',
      what: `was watched for ${watchFor} after its promotion and every guardrail held`,
      then: 'It remains champion.',
    }),
  ];
}

/** The first limit that no measurement has passed yet: no data is never a pass. */
function unmeasured(model: RecommenderModel, { run }: Watch): Guardrail | undefined {
  const passed = (name: string) =>
    run.live?.status?.metricResults?.some((each) => each.name === name && (each.successful ?? 0) > 0) === true;
  return limits(model).find(({ name }) => !passed(name));
}

/** Milliseconds; undefined when the time is over. */
const untilEnd = ({ until }: Watch, now: number): number | undefined => (until > now ? Math.min(until - now, LONGEST_TIMER_MS) : undefined);

/** Timers do not reach further than 24 days. */
const LONGEST_TIMER_MS = 86_400_000;

/** e.g. `2.0.0 serves everyone and is watched until 2026-03-01 13:00 UTC; if a guardrail is violated, everyone returns to 1.0.0.` */
export function describeWatch(model: RecommenderModel, watch: Watch, now: number): string {
  const { champion, previous, until, verdicts } = watch;
  const then = previous
    ? `if a guardrail is violated, everyone returns to ${previous.spec.version}`
    : 'there is no previous version to return to';
  const serves = `${champion.spec.version} serves everyone and is watched until`;
  if (now < until) return `${serves} ${minute(until)}; ${then}.`;
  const name = unmeasured(model, watch)?.name ?? '';
  const why = verdicts.find(({ metric }) => metric === name)?.reason ?? watch.run.live?.status?.message ?? 'not measured yet';
  return `${serves} every guardrail has been measured (${name}: ${why}); ${then}.`;
}

/** A run that found a violation. */
export const hasFailed = (run: KubernetesObject): boolean => (run as AnalysisRun).status?.phase === 'Failed';
