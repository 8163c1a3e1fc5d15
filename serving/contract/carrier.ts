/** Annotations on the carrier Ingress. Argo Rollouts writes `canary-weight`; the others come from the Rollout's spec. */
export const CARRIER = {
  prefix: 'recommender.dev',
  weight: 'recommender.dev/canary-weight',
  candidateVersion: 'recommender.dev/candidate-version',
  /** Digest of the version in the Rollout's template; also the salt of the user assignment. */
  candidateDigest: 'recommender.dev/candidate-digest',
  /** Share of users whose requests the champion's pods duplicate to the candidate while its weight is 0; absent = none. */
  shadowPercent: 'recommender.dev/shadow-percent',
} as const;

/** Selector key that Argo Rollouts adds to Services and pods. */
export const POD_TEMPLATE_HASH_LABEL = 'rollouts-pod-template-hash';
