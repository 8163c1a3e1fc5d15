import { createHash } from 'node:crypto';
import { POD_TEMPLATE_HASH_LABEL } from '../../../serving/contract/carrier.ts';
import type { ReplicaSet } from '../../api/argo.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { uriOf } from './rolloutState.ts';

/** Pods of one version and one template that exist, whether or not they serve anyone. */
export interface VersionReplicaSet {
  version: string;
  digest: string;
  /** Where they have fetched the bundle. */
  uri: string;
  /** Pod template hash of Argo Rollouts. */
  hash: string;
  /** See `fingerprint`; undefined where it was not noted. */
  template: string | undefined;
  replicas: number;
  available: number;
  /** When Argo Rollouts ends them, RFC 3339; undefined while nobody has decided that. */
  keptUntil: string | undefined;
}

/** When Argo Rollouts ends the pods of a ReplicaSet that it keeps. */
const DEADLINE = 'scale-down-deadline';

export function versionReplicaSetsOf(replicaSets: readonly ReplicaSet[]): VersionReplicaSet[] {
  return replicaSets.flatMap(
    ({ metadata: { labels = {}, annotations = {} }, spec: { replicas = 0, template } = {}, status }): VersionReplicaSet[] => {
      const { [ANNOTATIONS.version]: version = '', [ANNOTATIONS.digest]: digest = '' } = template?.metadata?.annotations ?? {};
      const common = { version, digest, uri: uriOf(template) ?? '', hash: labels[POD_TEMPLATE_HASH_LABEL] ?? '' };
      const kept = { template: annotations[ANNOTATIONS.template], keptUntil: annotations[DEADLINE] };
      return replicas === 0 ? [] : [{ ...common, ...kept, replicas, available: status?.availableReplicas ?? 0 }];
    },
  );
}

/**
 * Fingerprint of a pod template. Argo Rollouts copies it with the other annotations of the Rollout to the ReplicaSet of its
 * template, which shows whether kept pods are the same as the template would create.
 */
export const fingerprint = (template: unknown): string => createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 16);
