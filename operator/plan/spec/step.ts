import type { IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/Rollout';
import type { Phase } from '../../api/model.ts';
import { seconds } from './durations.ts';

type Canary = NonNullable<NonNullable<IRollout['spec']['strategy']>['canary']>;
export type ArgoStep = NonNullable<Canary['steps']>[number];

/** One step of Argo Rollouts and its purpose. */
export interface Part {
  part: 'Scale' | 'Start' | 'Hold' | 'Gate' | 'Approval' | 'Together';
  argo: ArgoStep;
}

/** A step as people count them: a share of users, and what is required before the next. A strategy is a list of these. */
export interface DeliveryStep {
  phase: Phase;
  /** Share of users it gives the candidate, percent. */
  weight: number;
  parts: readonly Part[];
}

/** Gives the candidate pods without users. @param weight percent of the champion's, until all users are on the candidate */
export const scale = (weight: number): Part => ({ part: 'Scale', argo: { setCanaryScale: { weight } } });

/** Gives the candidate its share of users, and the pods for it where no scale was set. */
export const start = (weight: number): Part => ({ part: 'Start', argo: { setWeight: weight } });

/** @param duration e.g. `15m` */
export const hold = (duration: string): Part => ({ part: 'Hold', argo: { pause: { duration: seconds(duration) } } });

/** Lets the rollout go on at the first pass of every metric of the AnalysisTemplate. */
export const gate = (templateName: string): Part => ({ part: 'Gate', argo: { analysis: { templates: [{ templateName }] } } });

/** Argo Rollouts goes on when the operator removes the condition of this pause. */
export const approval: Part = { part: 'Approval', argo: { pause: {} } };

/** As `approval`; the condition is removed when the group of the model has come as far. */
export const together: Part = { part: 'Together', argo: { pause: {} } };
