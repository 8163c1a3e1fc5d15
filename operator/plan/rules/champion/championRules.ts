import type { ModelVersion } from '../../../api/model.ts';
import { actAnnotation, MANAGER } from '../../../api/names.ts';
import { describeRetained } from '../../objects/scaleDown.ts';
import { championTarget, type Decision, type Target, type Transition } from '../../state/decision.ts';
import { outageOf } from '../../state/outage.ts';
import { troubleOfVersion } from '../../state/podTrouble.ts';
import { isHelpless, reasonOf } from '../../state/record.ts';
import { isRouterInForce } from '../../state/routerInForce.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import { podsNotReady, RETRY_PODS } from './podsNotReady.ts';
import { waitOrTakeOver } from './takeOver.ts';
import { describeWatch, phaseOnceServing, watchOf } from './watch.ts';

export function desiredVersionIsChampion(snapshot: Snapshot, now: number): Decision | undefined {
  const { desired, champion, rolloutState, rolloutDigest, observed } = snapshot;
  if (champion?.spec.version !== desired.version || champion.spec.digest !== desired.digest) return undefined;
  const watch = watchOf(snapshot, now);
  // The desired version's own uri: a bundle may move while its digest stays.
  const target: Target = { run: 'Champion', release: desired };
  if (rolloutState === 'Absent') {
    return {
      target,
      phase: 'Degraded',
      reason: 'Rebuilding',
      message: `The Rollout is missing; it is being recreated with champion ${desired.version}.`,
    };
  }
  if (rolloutState === 'Aborted' && rolloutDigest === desired.digest) {
    return podsNotReady(
      target,
      `${desired.version} is serving, but new pods with the current spec.serving did not become ready`,
      { observed, desired },
      now,
    );
  }
  if (rolloutState !== 'Settled' || rolloutDigest !== desired.digest) {
    const trouble = troubleOfVersion(observed, desired.digest, now);
    const phase = watch ? 'Watching' : 'Healthy';
    return { target, phase, reason: 'RollingOut', message: `${desired.version} serves everyone; its pods are being replaced${trouble}.` };
  }
  if (watch) return { target, phase: 'Watching', reason: 'Watching', message: describeWatch(observed.model, watch, now) };
  const [last] = champion.status?.decisions ?? [];
  const message = last && isHelpless(last) ? last.reason : `${desired.version} serves everyone${describeRetained(snapshot)}.`;
  return { target, phase: 'Healthy', reason: 'Serving', message };
}

export function desiredVersionIsQuarantined(
  { desired, quarantinedBy, champion, rolloutState, rolloutDigest, observed }: Snapshot,
  now: number,
): Decision | undefined {
  if (!quarantinedBy) return undefined;
  const { stage, decisions } = quarantinedBy.status ?? {};
  const why = decisions?.[0]?.reason ?? '';
  const target = championTarget(champion);
  if (champion && stage === 'RolledBack' && rolloutState === 'Aborted' && rolloutDigest === champion.spec.digest) {
    return podsNotReady(
      target,
      `${why} The pods of ${champion.spec.version} did not become ready`,
      { observed, desired: champion.spec },
      now,
    );
  }
  const takesOver = stage === 'RolledBack' ? describeReturn(champion, rolloutState === 'Settled' ? rolloutDigest : undefined) : '';
  return {
    target,
    phase: stage === 'RolledBack' ? 'RolledBack' : 'Rejected',
    reason: 'Quarantined',
    message:
      `${why}${takesOver} It is not retried until spec.release changes or the annotation ` +
      `${actAnnotation('retry')}="${desired.version} TOKEN" is set.`,
  };
}

function describeReturn(champion: ModelVersion | undefined, settledOn: string | undefined): string {
  return champion && settledOn !== champion.spec.digest ? ` ${champion.spec.version} is taking over.` : '';
}

/** Nobody serves yet, so there is nobody to compare with and nothing to return to: no steps. */
export function firstVersionIsStarting(
  { champion, desired, desiredVersion, rolloutState, rolloutDigest, observed }: Snapshot,
  now: number,
): Decision | undefined {
  if (champion || !desiredVersion) return undefined;
  const target: Target = { run: 'Champion', release: desired };
  const start = { target, phase: 'Pending', reason: 'Starting' } as const;
  if (rolloutDigest !== desired.digest) return { ...start, message: `${desired.version} is being started as the first version.` };
  if (rolloutState === 'Settled') {
    const words = { what: 'is the first version and its pods are ready', then: 'It serves everyone.' };
    const transition: Transition = { version: desiredVersion, to: 'Champion', rule: 'FirstVersion', ...words, by: MANAGER };
    return {
      ...start,
      phase: phaseOnceServing(observed.model),
      reason: 'Serving',
      message: reasonOf(transition),
      transitions: [transition],
    };
  }
  const { phase, availableReplicas = 0 } = observed.rollout?.status ?? {};
  const replicas = observed.rollout?.spec.replicas ?? 0;
  // Argo Rollouts takes a first version for promoted from the start, so it never aborts it, and only says that its time is over.
  if (rolloutState === 'Aborted' || (rolloutState === 'Progressing' && phase === 'Degraded')) {
    return podsNotReady(target, `The pods of ${desired.version} did not become ready`, { observed, desired }, now);
  }
  const trouble = troubleOfVersion(observed, desired.digest, now);
  return {
    ...start,
    message: `${desired.version} is the first version: ${String(availableReplicas)} of ${String(replicas)} pods ready${trouble}.`,
  };
}

/**
 * A candidate starts beside a champion that serves, never beside one that is lost or being restored: first the champion, then
 * the desired version. From a champion that cannot serve it takes over.
 */
export function championIsNotServing(snapshot: Snapshot, now: number): Decision | undefined {
  const { champion, desired, rolloutState, rolloutDigest, observed } = snapshot;
  if (!champion || rolloutDigest === desired.digest) return undefined;
  const serves = rolloutState === 'Settled' && rolloutDigest === champion.spec.digest;
  // Its pods must fit the router before a candidate starts beside them.
  if (serves && isRouterInForce(observed)) return undefined;
  const target = championTarget(champion);
  const { version, digest } = champion.spec;
  if (rolloutState === 'Absent') {
    const message = `The Rollout is missing; it is being recreated with champion ${version} before ${desired.version} starts.`;
    return { target, phase: 'Degraded', reason: 'Rebuilding', message };
  }
  const outage = outageOf(snapshot, now);
  if (outage) return waitOrTakeOver(snapshot, outage, now);
  if (rolloutState === 'Aborted' && rolloutDigest === digest) {
    const message =
      `${desired.version} is waiting: pods of champion ${version} with the current ` +
      `spec.serving did not become ready. ${RETRY_PODS}`;
    return { target, phase: 'Degraded', reason: 'PodsNotReady', message };
  }
  const message = `${desired.version} waits until champion ${version} serves everyone${troubleOfVersion(observed, digest, now)}.`;
  return { target, phase: 'Canary', reason: 'ReturningToChampion', message };
}
