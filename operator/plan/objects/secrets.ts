import type { IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/Rollout';

type PodSpec = NonNullable<NonNullable<NonNullable<IRollout['spec']>['template']>['spec']>;

/** An environment variable of a container. */
export type EnvVar = NonNullable<PodSpec['containers'][number]['env']>[number];

/**
 * A variable that the kubelet fills from a Secret of the namespace; the operator itself cannot read Secrets. Such variables
 * come last in a container: `$(NAME)` in a value stands for a variable before it, so no address that somebody may write into
 * a model can be made to carry a password.
 */
export function fromSecret(name: string, secret: string, key: string, { optional = false } = {}): EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret, key, ...(optional ? { optional } : {}) } } };
}
