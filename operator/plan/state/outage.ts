import { minute } from '../../api/times.ts';
import { milliseconds } from '../spec/durations.ts';
import { troubleOfVersion } from './podTrouble.ts';
import type { Snapshot } from './snapshot.ts';

/** A time in which nobody is served although there is a champion. Milliseconds since the epoch. */
export interface Outage {
  since: number;
  /** From then on it is no restart: `delivery.progressDeadline` after its beginning. */
  lastingFrom: number;
  isLasting: boolean;
}

/** Ready pods of the version that users are on. Those of a candidate, and of an earlier champion that is kept, do not count. */
export function readyPods({ observed: { rollout }, versionReplicaSets }: Pick<Snapshot, 'observed' | 'versionReplicaSets'>): number {
  const { stableRS, availableReplicas = 0 } = rollout?.status ?? {};
  return versionReplicaSets.find(({ hash }) => hash === stableRS)?.available ?? availableReplicas;
}

/** A champion without a ready pod; a first version that has not served yet is no outage. */
export const servesNobody = (snapshot: Snapshot): boolean => snapshot.champion !== undefined && readyPods(snapshot) === 0;

/**
 * It began when the condition Ready was written as False, which outlives the operator; never before the champion became champion.
 * @param now milliseconds since the epoch
 */
export function outageOf(snapshot: Snapshot, now: number): Outage | undefined {
  if (!servesNobody(snapshot)) return undefined;
  const { observed: { model }, champion } = snapshot;
  const ready = model.status?.conditions?.find(({ type }) => type === 'Ready');
  const seen = ready?.status === 'False' ? Date.parse(ready.lastTransitionTime) : Math.floor(now / 1000) * 1000;
  const since = Math.max(seen, Date.parse(champion?.status?.championSince ?? '') || 0);
  const lastingFrom = since + milliseconds(model.spec.delivery.progressDeadline);
  return { since, lastingFrom, isLasting: now >= lastingFrom };
}

/** Sentence part, e.g. `no ready pod since 2026-03-01 11:50 UTC (container fetch: no such file)`. */
export function describeOutage({ observed, champion }: Snapshot, { since }: Outage, now: number): string {
  const trouble = champion ? troubleOfVersion(observed, champion.spec.digest, now) : '';
  return `no ready pod since ${minute(since)}${trouble}`;
}
