import type { KubernetesObject } from '../../api/objects.ts';
import type { Observed } from './observed.ts';

/**
 * The ServiceAccount of the serving pods, if others made it or took it back: often it bears the role of a cloud, and Git or
 * Terraform keep it. It is used as it is, and outlives the model.
 */
export function accountOfOthers({ model, account }: Observed): KubernetesObject | undefined {
  const isOurs = account?.metadata.ownerReferences?.some(({ kind, name }) => kind === model.kind && name === model.metadata.name);
  return isOurs === true ? undefined : account;
}
