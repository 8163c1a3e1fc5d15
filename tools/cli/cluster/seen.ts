import type { DecisionRecord, ModelVersion, RecommenderModel, Verdict } from '../../../operator/api/model.ts';
import type { KubernetesObject } from '../../../operator/api/objects.ts';

/** With further numbers that newer operators give. */
export type SeenVerdict = Omit<Verdict, 'verdict'> & {
  verdict: string;
  lower?: string;
  upper?: string;
};

/** Result of the last manual action. */
interface SeenResult {
  act: string;
  /** Value of the annotation. */
  text: string;
  by: string;
  outcome: string;
  message: string;
  at: string;
}

/**
 * Objects as they come from a cluster whose operator may be older or newer than this program: what is shown is taken
 * as text, and an unknown phase or stage is shown as it is.
 */
export interface Model extends KubernetesObject {
  spec: RecommenderModel['spec'];
  status?: Omit<NonNullable<RecommenderModel['status']>, 'phase' | 'verdicts' | 'acts' | 'lastAct'> & {
    phase?: string;
    verdicts?: SeenVerdict[];
    /** Values of the annotations that were answered, by action. */
    acts?: Record<string, string>;
    lastAct?: SeenResult;
  };
}

export type SeenDecision = Omit<DecisionRecord, 'evidence' | 'rule'> & { rule?: string; evidence?: SeenVerdict[] };

export interface Version extends KubernetesObject {
  spec: ModelVersion['spec'];
  status?: Omit<NonNullable<ModelVersion['status']>, 'stage' | 'decisions'> & { stage?: string; decisions?: SeenDecision[] };
}
