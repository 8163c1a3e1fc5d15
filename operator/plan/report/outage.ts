import type { ModelVersion } from '../../api/model.ts';
import { actAnnotation } from '../../api/names.ts';
import { isStalled, type Reason } from '../reasons.ts';
import { isPromoted } from '../state/acts.ts';
import type { Decision } from '../state/decision.ts';
import { describeOutage, outageOf } from '../state/outage.ts';
import { isUnderWay, type Snapshot } from '../state/snapshot.ts';

/** Why there is no pod at all, in words of its own. */
const COMES_FIRST: ReadonlySet<Reason> = new Set<Reason>(['MissingKinds', 'Rebuilding', 'InvalidSpec']);

/**
 * The decision as it is reported while nobody is served: that comes first, whatever becomes of a release meanwhile. It is stalled
 * once it lasts, unless a version is on its way to take over.
 * @param versions those after this reconcile's transitions
 * @param now milliseconds since the epoch
 */
export function withOutage(snapshot: Snapshot, decision: Decision, versions: readonly ModelVersion[], now: number): Decision {
  const outage = outageOf(snapshot, now);
  if (!outage || COMES_FIRST.has(decision.reason)) return decision;
  const { name } = snapshot.desiredVersion?.metadata ?? {};
  const candidate = versions.find(({ metadata, status }) => metadata.name === name && isUnderWay(status?.stage));
  const isTakingOver = candidate !== undefined && isPromoted(candidate);
  const isTrying = decision.phase === 'Validating' || decision.reason === 'RollingBack';
  const isStuck = isStalled(decision) || (outage.isLasting && !isTakingOver && !isTrying);
  const message = `${nobodyIsServed(snapshot, now)} ${decision.message}${candidate && !isTakingOver ? ` ${howToTakeOver(candidate)}` : ''}`;
  return { ...decision, phase: 'Degraded', reason: isStuck ? 'LastingOutage' : 'Outage', message };
}

/** The sentence that status, Event and notification share; empty while somebody is served. */
export function nobodyIsServed(snapshot: Snapshot, now: number): string {
  const outage = outageOf(snapshot, now);
  if (!outage) return '';
  return `Nobody is served: champion ${snapshot.champion?.spec.version ?? ''} has had ${describeOutage(snapshot, outage, now)}.`;
}

const howToTakeOver = ({ spec: { version } }: ModelVersion): string =>
  `To let ${version} take over now, set ${actAnnotation('promote')}="${version} TOKEN REASON".`;
