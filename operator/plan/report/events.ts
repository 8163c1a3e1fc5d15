import { createHash } from 'node:crypto';
import type { DecisionRecord, ModelVersion, Notice, Notification, RecommenderModel, RuleName } from '../../api/model.ts';
import { timestamp } from '../../api/times.ts';
import type { Decision } from '../state/decision.ts';
import { outageOf } from '../state/outage.ts';
import { progressOf } from '../state/progress.ts';
import { isHelpless } from '../state/record.ts';
import { stepIndex } from '../state/rolloutState.ts';
import { attemptAt, isUnderWay, type Snapshot } from '../state/snapshot.ts';
import { stepsOf } from '../state/steps.ts';
import { nobodyIsServed } from './outage.ts';

export type NoticeEvent = NonNullable<Notification['events']>[number];

/** Something that receivers can subscribe to. The same event has the same id, however often it is seen. */
export type ReleaseEvent = Pick<Notice, 'id' | 'at' | 'version' | 'rule' | 'by' | 'text'> & { event: NoticeEvent };

/** Everything on record about the versions, and what the current attempt waits for. `at`: now, RFC 3339. */
export function releaseEvents(snapshot: Snapshot, decision: Decision, versions: readonly ModelVersion[], at: string): ReleaseEvent[] {
  return [
    ...versions.flatMap((each) => decided(each, snapshot.observed.model)),
    ...present(snapshot, decision, at),
    ...outages(snapshot, Date.parse(at)),
  ];
}

function decided(version: ModelVersion, model: RecommenderModel): ReleaseEvent[] {
  return (version.status?.decisions ?? []).flatMap((record) => {
    const event = eventOf(record);
    const { at, by, rule, reason } = record;
    if (event === undefined || rule === undefined) return [];
    return [{ id: idOf(model, version.metadata.name, at, rule), event, at, version: version.spec.version, rule, by, text: reason }];
  });
}

const PROMOTES: ReadonlySet<RuleName> = new Set<RuleName>([
  'FirstVersion',
  'GatesPassed',
  'PromotedByHand',
  'PromotedInArgoRollouts',
  'ChampionServedNobody',
]);

/** The event for a decision; the return of an earlier champion is reported for the one it replaces. */
function eventOf(record: DecisionRecord): NoticeEvent | undefined {
  const { from, to, rule } = record;
  if (isHelpless(record)) return 'Failing';
  if (rule === 'PausedByHand') return 'Paused';
  if (rule === 'ResumedByHand') return 'Resumed';
  if (isAbandoned(record)) return 'Abandoned';
  if (to === 'Validating') return 'Started';
  if (to === 'Rejected' || to === 'RolledBack') return to;
  const isPromotion = rule !== undefined && PROMOTES.has(rule);
  return to === 'Champion' && from !== to && isPromotion ? 'Promoted' : undefined;
}

/** `spec.release` moved on, or another model of the group failed. */
const isAbandoned = ({ to, rule }: DecisionRecord): boolean => to === 'Candidate' && (rule === 'WishMovedOn' || rule === 'GroupFailed');

/** A step that has reached its share, and a pause that waits for a person, are not decisions: they are reported when first seen. */
function present(
  { observed, desiredVersion, desired, champion, rolloutDigest }: Snapshot,
  { phase, message, transitions = [] }: Decision,
  at: string,
): ReleaseEvent[] {
  if (!desiredVersion || !isUnderWay(desiredVersion.status?.stage) || transitions.length > 0) return [];
  const happening = (event: NoticeEvent, id: string): ReleaseEvent => ({ id, event, at, version: desired.version, text: message });
  const isThere = rolloutDigest === desired.digest;
  if (phase === 'AwaitingApproval') {
    return [happening('AwaitingApproval', idOfApproval(observed.model, desiredVersion, isThere ? stepIndex(observed) : undefined))];
  }
  // A first version waits at gates too, and has no steps.
  if (!champion || !isThere) return [];
  const { step, doing } = progressOf(observed);
  return doing === 'Holding' || doing === 'Measuring' ? [happening('Step', idOfStep(observed.model, desiredVersion, step))] : [];
}

/** Pods that merely restart are back by then, and otherwise it is known what they lack. */
const REPORTED_AFTER_MS = 30_000;

function outages(snapshot: Snapshot, now: number): ReleaseEvent[] {
  const outage = outageOf(snapshot, now);
  if (!outage || !snapshot.champion || now - outage.since < REPORTED_AFTER_MS) return [];
  const { observed: { model }, champion: { metadata, spec } } = snapshot;
  const at = timestamp(outage.since);
  const text = nobodyIsServed(snapshot, now);
  return [{ id: idOf(model, metadata.name, 'Outage', at), event: 'Outage', at, version: spec.version, text }];
}

/** Milliseconds until more is to be said or done about an outage; undefined where nothing more comes with time. */
export function untilOutageLasts(snapshot: Snapshot, now: number): number | undefined {
  const outage = outageOf(snapshot, now);
  const times = outage ? [outage.since + REPORTED_AFTER_MS, outage.lastingFrom] : [];
  const waits = times.map((each) => each - now).filter((each) => each > 0);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

const idOfStep = (model: RecommenderModel, version: ModelVersion, step: number): string =>
  idOf(model, attemptAt(version), 'Step', String(step));

/** @param index the step of Argo Rollouts that waits; undefined before the start */
const idOfApproval = (model: RecommenderModel, version: ModelVersion, index: number | undefined): string =>
  idOf(model, attemptAt(version), 'AwaitingApproval', String(index ?? 'first'));

/** Every id that the current attempt may have without a decision. */
export function idsOfAttempt({ observed: { model }, desiredVersion }: Snapshot): ReadonlySet<string> {
  if (!desiredVersion) return new Set();
  const steps = stepsOf(model);
  return new Set([
    ...steps.map(({ number }) => idOfStep(model, desiredVersion, number)),
    ...[undefined, ...steps.keys()].map((index) => idOfApproval(model, desiredVersion, index)),
  ]);
}

/** Letters and digits, since Standard Webhooks joins it to others by dots. */
const idOf = ({ metadata }: RecommenderModel, ...parts: readonly string[]): string =>
  `msg_${createHash('sha256').update([metadata.uid, ...parts].join('\n')).digest('hex').slice(0, 24)}`;
