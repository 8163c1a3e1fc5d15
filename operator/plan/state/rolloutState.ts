import { POD_TEMPLATE_HASH_LABEL } from '../../../serving/contract/carrier.ts';
import { ENV } from '../../../serving/contract/env.ts';
import type { PodTemplate, Rollout } from '../../api/argo.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { Observed } from './observed.ts';

/**
 * Where a Rollout stands, as far as it can be trusted.
 * - Absent: there is none.
 * - Unobserved: Argo Rollouts has not looked at the latest spec yet; nothing else may be read from it.
 * - Settled: all users are on the template's pods.
 * - Aborted: the template was given up, users are on the stable pods.
 * - Progressing: anything in between, pauses included.
 */
export type RolloutState = 'Absent' | 'Unobserved' | 'Settled' | 'Aborted' | 'Progressing';

/**
 * `phase: Healthy` alone is not enough: a revert is Healthy too, and a status may speak of an older spec. Settled
 * asks for the status of this generation, and for a stable hash that is the template's own.
 */
export function stateOf(rollout: Rollout | undefined): RolloutState {
  if (!rollout) return 'Absent';
  const { status } = rollout;
  if (status?.observedGeneration !== String(rollout.metadata.generation)) return 'Unobserved';
  if (status.abort) return 'Aborted';
  const onTemplate = status.stableRS !== undefined && status.stableRS !== '' && status.stableRS === status.currentPodHash;
  return onTemplate && status.phase === 'Healthy' ? 'Settled' : 'Progressing';
}

type Pods = Pick<Observed, 'rollout' | 'replicaSets'>;

/** Argo Rollouts has not looked at the template yet: the status describes the previous version, with all its steps completed. */
export function isUnseen({ rollout, replicaSets }: Pods): boolean {
  const { stableRS, currentPodHash } = rollout?.status ?? {};
  if (!rollout || stateOf(rollout) !== 'Unobserved' || stableRS !== currentPodHash) return false;
  // A version that has just settled looks the same if an autoscaler has changed the Rollout since.
  const stable = replicaSets.find(({ metadata }) => metadata.labels?.[POD_TEMPLATE_HASH_LABEL] === stableRS);
  return stable?.spec?.template?.metadata?.annotations?.[ANNOTATIONS.digest] !== rolloutDigest(rollout);
}

/** Index of the template's version in `steps` of its Rollout; past the last one once all are completed. */
export const stepIndex = (pods: Pods): number => (isUnseen(pods) ? 0 : (pods.rollout?.status?.currentStepIndex ?? 0));

export function rolloutDigest(rollout: Rollout): string | undefined {
  return rollout.spec.template.metadata?.annotations?.[ANNOTATIONS.digest];
}

/** Where the pods of the template fetch their bundle. */
export function uriOf(template: PodTemplate | undefined): string | undefined {
  const containers = template?.spec?.initContainers ?? [];
  return containers.flatMap(({ env }) => env ?? []).find(({ name }) => name === ENV.bundleUri)?.value;
}
