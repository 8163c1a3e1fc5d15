import { type ModelVersion, type RecommenderModel, releaseOf } from '../../api/model.ts';
import type { RecommenderModelStatus } from '../../api/types.gen.ts';
import { seconds } from '../spec/durations.ts';
import { keepPreviousOf } from '../spec/keepPrevious.ts';
import type { Target } from '../state/decision.ts';
import { fingerprint, type VersionReplicaSet } from '../state/replicaSets.ts';
import { isQuarantined, type Snapshot } from '../state/snapshot.ts';
import { podTemplate } from './podTemplate.ts';

/** Replaced pods are kept at least this long: node proxies still route to them. */
const LEAST_SECONDS = 30;

/** How long the pods of the previous champion are kept after a promotion, seconds. */
const keepSeconds = (model: RecommenderModel): number => Math.max(LEAST_SECONDS, seconds(keepPreviousOf(model)));

/**
 * `scaleDownDelaySeconds` of the Rollout. Argo Rollouts reads it once for each ReplicaSet that has been replaced, and notes
 * when its pods are to be removed. Only those of a champion that was succeeded are kept; pods replaced because of a change of
 * spec.serving and those of a rejected candidate would only cost. So the delay is long from the start of a candidate until the
 * deadline of the previous champion is noted.
 */
export function scaleDownDelay(
  { observed: { model, rollout, versions }, versionReplicaSets }: Snapshot,
  target: Exclude<Target, { run: 'Leave' }>,
): number {
  const isUndecided = ({ digest, keptUntil, hash }: VersionReplicaSet): boolean =>
    digest !== target.release.digest && keptUntil === undefined && hash !== rollout?.status?.stableRS;
  const isSucceeded = versionReplicaSets.some((stack) => isUndecided(stack) && versions.some((each) => isFormerChampion(each, stack)));
  return target.run === 'Candidate' || isSucceeded ? keepSeconds(model) : LEAST_SECONDS;
}

/** Whether users are still on pods of a version other than the one that becomes champion. */
export function isTakeover(
  { observed: { rollout }, versionReplicaSets }: Snapshot,
  { run, release }: Exclude<Target, { run: 'Leave' }>,
): boolean {
  const stable = versionReplicaSets.find(({ hash }) => hash === rollout?.status?.stableRS);
  return run === 'Champion' && stable !== undefined && stable.digest !== release.digest;
}

/** Pods of the version that are ready and match its current template: users can be sent to them at once. */
export function retainedReplicaSet(
  { observed: { model }, versionReplicaSets, config }: Snapshot,
  version: ModelVersion,
): VersionReplicaSet | undefined {
  const asDesired = (uri: string): string => fingerprint(podTemplate(model, { ...releaseOf(version), uri }, config));
  return versionReplicaSets.find(
    (stack) => isOf(version, stack) && stack.available >= stack.replicas && stack.template === asDesired(stack.uri),
  );
}

/** The previous champion, while its pods are kept. */
export function previousOf(
  versionReplicaSets: readonly VersionReplicaSet[],
  versions: readonly ModelVersion[],
  champion: ModelVersion | undefined,
): RecommenderModelStatus['previous'] {
  const [last] = versionReplicaSets
    .flatMap(({ keptUntil, ...stack }) => (keptUntil === undefined ? [] : [{ ...stack, keptUntil }]))
    .filter((stack) => stack.digest !== champion?.spec.digest && versions.some((each) => isFormerChampion(each, stack)))
    .toSorted((a, b) => Date.parse(b.keptUntil) - Date.parse(a.keptUntil));
  return last && { version: last.version, digest: last.digest, keptUntil: last.keptUntil };
}

/** Sentence part, e.g. `; the pods of 1.0.0 are kept until 2026-03-02 12:00 UTC`; empty where nothing is kept on purpose. */
export function describeRetained({ observed: { model, versions }, versionReplicaSets, champion }: Snapshot): string {
  const previous = previousOf(versionReplicaSets, versions, champion);
  if (!previous || keepSeconds(model) === LEAST_SECONDS) return '';
  return `; the pods of ${previous.version} are kept until ${previous.keptUntil.slice(0, 16).replace('T', ' ')} UTC`;
}

const isOf = ({ spec }: ModelVersion, stack: Pick<VersionReplicaSet, 'version' | 'digest'>): boolean =>
  spec.version === stack.version && spec.digest === stack.digest;

const isFormerChampion = (version: ModelVersion, stack: Pick<VersionReplicaSet, 'version' | 'digest'>): boolean =>
  isOf(version, stack) && version.status?.championSince !== undefined && !isQuarantined(version);
