import type { DecisionRecord } from '../../operator/api/model.ts';

/** What the log has said so far of a registered version. */
export interface Known {
  namespace: string;
  model: string;
  version: string;
  digest: string;
  stage: string;
  /** Oldest first; the status keeps only the newest. */
  decisions: DecisionRecord[];
}

/** The users' share of a candidate, as Argo Rollouts wrote it. */
export interface Share {
  weight: number;
  digest: string;
  /** How many shares, ever larger ones, it has been given in this attempt. */
  given?: number;
  /** It fell to nothing, and the decision that ends the attempt was not seen yet. */
  fell?: Fall;
}

interface Fall {
  at: string;
  /** The share before. */
  from: number;
  /** None of its pods was available: with the next one the share may come back. */
  isWithoutPods: boolean;
}

/** What has been replayed so far. */
export interface World {
  /** By `namespace/name` of the ModelVersion. */
  versions: Map<string, Known>;
  /** By the object that carries the weight, as `namespace/name (Kind)`. */
  shares: Map<string, Share>;
  /** Available pods and the bundle they run, by `namespace/name` of the ReplicaSet. */
  pods: Map<string, { digest: string; available: number }>;
  /** The pods that a Service was led to last by others than the operator, and when, by `namespace/name` of the Service. */
  selected: Map<string, { hash: string; at: string }>;
  /** Since when a share is as somebody wrote it by hand, by the object that carries it. */
  byHand: Map<string, string>;
  /** When somebody wrote the status of a Rollout by hand last, as `kubectl argo rollouts promote` does, by `namespace/name`. */
  letGo: Map<string, string>;
  /** Name of the group by `namespace/name` of the model; '' for none. */
  groups: Map<string, string>;
  /** Shares that the Rollout of this name gives before everyone, by `namespace/name`. */
  steps: Map<string, number>;
  /** Acts that have been carried out, as `namespace/model act`. */
  acts: Set<string>;
  /** Pods that held the lease, oldest first, with the time from which they did; '' where nobody did. */
  holders: { pod: string; from: string }[];
  violations: string[];
  counts: Counts;
}

/** What was replayed. */
export interface Counts {
  writes: number;
  weights: number;
  decisions: number;
  promotions: number;
  acts: number;
  /** Shares of users that somebody wrote by hand. */
  edits: number;
  /** Times at which another operator took the lease. */
  epochs: number;
}

export const emptyWorld = (): World => ({
  versions: new Map(),
  shares: new Map(),
  pods: new Map(),
  selected: new Map(),
  byHand: new Map(),
  letGo: new Map(),
  groups: new Map(),
  steps: new Map(),
  acts: new Set(),
  holders: [],
  violations: [],
  counts: { writes: 0, weights: 0, decisions: 0, promotions: 0, acts: 0, edits: 0, epochs: 0 },
});

export const versionsOf = (versions: World['versions'], namespace: string, model: string): Known[] =>
  [...versions.values()].filter((each) => each.namespace === namespace && each.model === model);

export const withDigest = (versions: World['versions'], namespace: string, digest: string): Known[] =>
  [...versions.values()].filter((each) => each.namespace === namespace && each.digest === digest);
