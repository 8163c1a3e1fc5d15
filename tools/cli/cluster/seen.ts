import type { DecisionRecord, ModelVersion, RecommenderModel, Verdict } from '../../../operator/api/model.ts';
import type { KubernetesObject } from '../../../operator/api/objects.ts';

/** Further numbers of a verdict that newer operators give. */
export type SeenVerdict = Omit<Verdict, 'verdict'> & {
  verdict: string;
  lower?: string;
  upper?: string;
};

/** What became of the act that was answered last. */
export interface SeenAnswer {
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
 * as text, and a phase or stage that is not known here is shown all the same.
 */
export interface Model extends KubernetesObject {
  spec: RecommenderModel['spec'];
  status?: Omit<NonNullable<RecommenderModel['status']>, 'phase' | 'verdicts' | 'acts' | 'lastAct'> & {
    phase?: string;
    verdicts?: SeenVerdict[];
    /** Values of the annotations that were answered, by the name of the act. */
    acts?: Record<string, string>;
    lastAct?: SeenAnswer;
  };
}

export type SeenDecision = Omit<DecisionRecord, 'evidence' | 'rule'> & { rule?: string; evidence?: SeenVerdict[] };

export interface Version extends KubernetesObject {
  spec: ModelVersion['spec'];
  status?: Omit<NonNullable<ModelVersion['status']>, 'stage' | 'decisions'> & { stage?: string; decisions?: SeenDecision[] };
}
