import type { ModelVersion, Release } from '../../api/model.ts';
import type { Observed, PlanConfig } from './observed.ts';
import { type VersionReplicaSet, versionReplicaSetsOf } from './replicaSets.ts';
import { rolloutDigest, type RolloutState, stateOf } from './rolloutState.ts';

/** The input of all rules, derived once. */
export interface Snapshot {
  observed: Observed;
  desired: Release;
  /** The registered version the desired version names; undefined before the operator has registered it. */
  desiredVersion: ModelVersion | undefined;
  /** The version that proved itself last and serves; the source of truth. */
  champion: ModelVersion | undefined;
  /** The champion that the model's status names, where no ModelVersion says so: its record was deleted. */
  lostChampion: Release | undefined;
  /** A version with the desired digest was rejected or rolled back, under whatever version number. */
  quarantinedBy: ModelVersion | undefined;
  /** Digest in the Rollout's pod template. */
  rolloutDigest: string | undefined;
  rolloutState: RolloutState;
  /** Of all versions. */
  versionReplicaSets: readonly VersionReplicaSet[];
  config: PlanConfig;
}

export function snapshotOf(observed: Observed, config: PlanConfig): Snapshot {
  const desired = observed.model.spec.release;
  const champion = withPresentUri(championOf(observed.versions), observed);
  return {
    observed,
    desired,
    desiredVersion: observed.versions.find(({ spec }) => spec.version === desired.version && spec.digest === desired.digest),
    champion,
    lostChampion: champion ? undefined : lostChampionOf(observed),
    quarantinedBy: observed.versions.find((each) => each.spec.digest === desired.digest && isQuarantined(each)),
    rolloutDigest: observed.rollout && rolloutDigest(observed.rollout),
    rolloutState: stateOf(observed.rollout),
    versionReplicaSets: versionReplicaSetsOf(observed.replicaSets),
    config,
  };
}

/** The Rollout runs the desired version, whether or not users see it yet. */
export const isStarted = ({ rolloutDigest, desired }: Pick<Snapshot, 'rolloutDigest' | 'desired'>): boolean =>
  rolloutDigest === desired.digest;

/** Not retried automatically. */
export const isQuarantined = ({ status }: ModelVersion): boolean => status?.stage === 'Rejected' || status?.stage === 'RolledBack';

/**
 * The champion with the uri it was last served from. Its ModelVersion never changes, but a bundle may have moved since,
 * and pods of the champion must not look for it in the old place again. The digest pins the content wherever it is.
 */
function withPresentUri(champion: ModelVersion | undefined, { model }: Observed): ModelVersion | undefined {
  const last = model.status?.champion;
  if (!champion || last?.digest !== champion.spec.digest) return champion;
  return { ...champion, spec: { ...champion.spec, uri: last.uri } };
}

function lostChampionOf({ model, versions }: Observed): Release | undefined {
  const named = model.status?.champion;
  if (!named) return undefined;
  const record = versions.find(({ spec }) => spec.version === named.version);
  const isUsable = record === undefined || (record.spec.digest === named.digest && record.status?.stage === undefined);
  return isUsable ? { version: named.version, uri: named.uri, digest: named.digest } : undefined;
}

/**
 * A promotion writes two objects, so for a moment, or after a crash between the writes, two versions may say
 * Champion; the later one is.
 */
export function championOf(versions: readonly ModelVersion[]): ModelVersion | undefined {
  return versions
    .filter((each) => each.status?.stage === 'Champion')
    .toSorted((a, b) => Date.parse(b.status?.championSince ?? '') - Date.parse(a.status?.championSince ?? ''))[0];
}

/** Validated and in progress: first without users, if it is to be shadowed. */
export const isUnderWay = (stage: string | undefined): boolean => stage === 'Shadow' || stage === 'Challenger';

/**
 * Manual actions on a candidate are recorded from its stage to its stage and begin nothing; neither does the end of its shadow
 * phase.
 */
export const startsAttempt = ({ from, to }: { from: string; to: string }): boolean => isUnderWay(to) && !isUnderWay(from);

/** The version was in progress and did not become champion. */
export const endsInVain = ({ from, to }: { from: string; to: string }): boolean => isUnderWay(from) && !isUnderWay(to) && to !== 'Champion';

/**
 * Names the current attempt at a version, as a label value. A retried version has the same pod template, so its hash cannot
 * separate the measurements of this attempt from those of an earlier one.
 */
export function attemptAt({ spec, status }: ModelVersion): string {
  const passed = status?.decisions?.find(startsAttempt)?.at;
  return `${spec.version}_${String((passed === undefined ? 0 : Date.parse(passed)) / 1000)}`;
}

/** When the attempt began, seconds since the epoch, as text. */
export const sinceOf = (attempt: string): string => attempt.slice(attempt.lastIndexOf('_') + 1);
