import type { KubernetesObject } from './objects.ts';
import type { ModelVersionSpec, ModelVersionStatus, RecommenderModelSpec, RecommenderModelStatus } from './types.gen.ts';

export interface RecommenderModel extends KubernetesObject {
  spec: RecommenderModelSpec;
  status?: RecommenderModelStatus;
}

export interface ModelVersion extends KubernetesObject {
  spec: ModelVersionSpec;
  status?: ModelVersionStatus;
}

export type Release = RecommenderModelSpec['release'];
export type Stage = NonNullable<ModelVersionStatus['stage']>;
export type Phase = NonNullable<RecommenderModelStatus['phase']>;
export type Verdict = NonNullable<RecommenderModelStatus['verdicts']>[number];
export type Condition = NonNullable<RecommenderModelStatus['conditions']>[number];
export type DecisionRecord = NonNullable<ModelVersionStatus['decisions']>[number];
export type RuleName = NonNullable<DecisionRecord['rule']>;
export type Notice = NonNullable<NonNullable<RecommenderModelStatus['notifications']>['pending']>[number];
export type Notification = NonNullable<RecommenderModelSpec['notifications']>[number];
export type HistoryEntry = NonNullable<RecommenderModelStatus['history']>[number];

export const releaseOf = (version: ModelVersion): Release => ({
  version: version.spec.version,
  uri: version.spec.uri,
  digest: version.spec.digest,
});
