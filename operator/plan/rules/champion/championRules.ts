import type { ModelVersion } from '../../../api/model.ts';
import { actAnnotation, MANAGER } from '../../../api/names.ts';
import { standsBy } from '../../objects/scaleDown.ts';
import { championTarget, type Decision, type Target, type Transition } from '../../state/decision.ts';
import { troubleOfVersion } from '../../state/podTrouble.ts';
import { isHelpless, reasonOf } from '../../state/record.ts';
import { isRouterInForce } from '../../state/routerInForce.ts';
import type { Facts } from '../../state/snapshot.ts';
import { podsNotReady, RETRY_PODS } from './podsNotReady.ts';
import { phaseOnceServing, tellWatch, watchOf } from './watch.ts';

export function wishIsChampion(facts: Facts, now: number): Decision | undefined {
  const { wish, champion, rolloutState, rolloutDigest, observed } = facts;
  if (champion?.spec.version !== wish.version || champion.spec.digest !== wish.digest) return undefined;
  const watch = watchOf(facts, now);
  // The wish's own uri: a bundle may move while its digest stays.
  const target: Target = { run: 'Champion', release: wish };
  if (rolloutState === 'Absent') {
    return { target, phase: 'Degraded', reason: 'Rebuilding', message: `The Rollout is gone; it is rebuilt with champion ${wish.version}.` };
  }
  if (rolloutState === 'Aborted' && rolloutDigest === wish.digest) {
    return podsNotReady(target, `${wish.version} serves, but new pods with the present spec.serving did not become ready`, { observed, wish }, now);
  }
  if (rolloutState !== 'Settled' || rolloutDigest !== wish.digest) {
    const trouble = troubleOfVersion(observed, wish.digest, now);
    const phase = watch ? 'Watching' : 'Healthy';
    return { target, phase, reason: 'RollingOut', message: `${wish.version} serves everyone; its pods are being replaced${trouble}.` };
  }
  if (watch) return { target, phase: 'Watching', reason: 'Watching', message: tellWatch(observed.model, watch, now) };
  const [last] = champion.status?.decisions ?? [];
  const message = last && isHelpless(last) ? last.reason : `${wish.version} serves everyone${standsBy(facts)}.`;
  return { target, phase: 'Healthy', reason: 'Serving', message };
}

export function wishIsQuarantined({ wish, quarantinedBy, champion, rolloutState, rolloutDigest, observed }: Facts, now: number): Decision | undefined {
  if (!quarantinedBy) return undefined;
  const { stage, decisions } = quarantinedBy.status ?? {};
  const why = decisions?.[0]?.reason ?? '';
  const target = championTarget(champion);
  if (champion && stage === 'RolledBack' && rolloutState === 'Aborted' && rolloutDigest === champion.spec.digest) {
    return podsNotReady(target, `${why} The pods of ${champion.spec.version} did not become ready`, { observed, wish: champion.spec }, now);
  }
  const takesOver = stage === 'RolledBack' ? tellReturn(champion, rolloutState === 'Settled' ? rolloutDigest : undefined) : '';
  return {
    target,
    phase: stage === 'RolledBack' ? 'RolledBack' : 'Rejected',
    reason: 'Quarantined',
    message: `${why}${takesOver} It is not tried again until spec.release changes or the annotation ${actAnnotation('retry')}="${wish.version} TOKEN" asks for it.`,
  };
}

function tellReturn(champion: ModelVersion | undefined, settledOn: string | undefined): string {
  return champion && settledOn !== champion.spec.digest ? ` ${champion.spec.version} is taking over.` : '';
}

/** Nobody serves yet, so there is nobody to compare with and nothing to return to: no steps. */
export function firstVersionIsStarting({ champion, wish, wished, rolloutState, rolloutDigest, observed }: Facts, now: number): Decision | undefined {
  if (champion || !wished) return undefined;
  const target: Target = { run: 'Champion', release: wish };
  const start = { target, phase: 'Pending', reason: 'Starting' } as const;
  if (rolloutDigest !== wish.digest) return { ...start, message: `${wish.version} is started as the first version.` };
  if (rolloutState === 'Settled') {
    const words = { what: 'is the first version and its pods are ready', then: 'It serves everyone.' };
    const transition: Transition = { version: wished, to: 'Champion', rule: 'FirstVersion', ...words, by: MANAGER };
    return { ...start, phase: phaseOnceServing(observed.model), reason: 'Serving', message: reasonOf(transition), transitions: [transition] };
  }
  const { availableReplicas = 0 } = observed.rollout?.status ?? {};
  const replicas = observed.rollout?.spec.replicas ?? 0;
  if (rolloutState === 'Aborted') return podsNotReady(target, `The pods of ${wish.version} did not become ready`, { observed, wish }, now);
  const trouble = troubleOfVersion(observed, wish.digest, now);
  return { ...start, message: `${wish.version} is the first version: ${String(availableReplicas)} of ${String(replicas)} pods ready${trouble}.` };
}

/**
 * A candidate starts from a champion that serves, never beside one that is lost or on its way back: first the
 * champion, then the wish.
 */
export function championIsNotServing({ champion, wish, rolloutState, rolloutDigest, observed }: Facts, now: number): Decision | undefined {
  if (!champion || rolloutDigest === wish.digest) return undefined;
  const serves = rolloutState === 'Settled' && rolloutDigest === champion.spec.digest;
  // Its pods must be such as the router needs before a candidate comes beside them.
  if (serves && isRouterInForce(observed)) return undefined;
  const target = championTarget(champion);
  const { version, digest } = champion.spec;
  if (rolloutState === 'Absent') {
    const message = `The Rollout is gone; it is rebuilt with champion ${version} before ${wish.version} starts.`;
    return { target, phase: 'Degraded', reason: 'Rebuilding', message };
  }
  if (rolloutState === 'Aborted' && rolloutDigest === digest) {
    const message = `${wish.version} waits: pods of champion ${version} with the present spec.serving did not become ready. ${RETRY_PODS}`;
    return { target, phase: 'Degraded', reason: 'PodsNotReady', message, stalled: true };
  }
  const message = `${wish.version} waits until champion ${version} serves everyone${troubleOfVersion(observed, digest, now)}.`;
  return { target, phase: 'Canary', reason: 'ReturningToChampion', message };
}
