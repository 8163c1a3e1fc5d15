import type { Phase, RecommenderModel } from '../../api/model.ts';
import { namesOf } from '../../api/names.ts';
import { WEIGHT } from '../spec/appliedWeight.ts';
import { blueGreenSteps } from '../spec/blueGreen.ts';
import { canarySteps } from '../spec/canary.ts';
import { isBuiltIn } from '../spec/router.ts';
import { shadowSteps } from '../spec/shadow.ts';
import { approval, type ArgoStep, type DeliveryStep, type Part, together } from '../spec/step.ts';
import type { Observed } from './observed.ts';
import { stepIndex } from './rolloutState.ts';

/** One step of Argo Rollouts, with the step of the delivery that it belongs to. */
export interface PlannedStep extends Part, Pick<DeliveryStep, 'phase' | 'weight'> {
  /** Step of the delivery as people count them, from 1. */
  number: number;
}

type Strategy = RecommenderModel['spec']['delivery']['strategy'];

const STRATEGIES: Record<Strategy, (model: RecommenderModel) => readonly DeliveryStep[]> = {
  Canary: canarySteps,
  BlueGreen: blueGreenSteps,
  Shadow: shadowSteps,
};

/**
 * The way of a candidate to all users, in the order in which Argo Rollouts goes through it: element i is its step i. All that
 * is asked or told of a step is read here.
 */
export function stepsOf(model: RecommenderModel): PlannedStep[] {
  const { strategy, approval: approves } = model.spec.delivery;
  const steps = STRATEGIES[strategy](model);
  const last = steps.length - 1;
  return steps.flatMap(({ phase, weight, parts }, index) => {
    // Who waits for the group is approved: then all can go on in the same moment.
    const all = [
      ...parts,
      ...(index === last && approves === 'Manual' ? [approval] : []),
      ...(weight > 0 && model.spec.group !== undefined ? [together] : []),
    ];
    return all
      .flatMap((part) => withTesters(model, withProof(model, part, weight)))
      .map((part) => ({ ...part, phase, weight, number: index + 1 }));
  });
}

/** Where pods divide the users, the gate of a step that gives it users asks as well whether they do it by that weight. */
function withProof(model: RecommenderModel, part: Part, weight: number): Part {
  const { analysis } = part.argo;
  if (!analysis || weight === 0 || !isBuiltIn(model)) return part;
  const templates = [...(analysis.templates ?? []), { templateName: namesOf(model.metadata.name).weightGate }];
  return { ...part, argo: { analysis: { ...analysis, templates, args: [{ name: WEIGHT, value: String(weight) }] } } };
}

/** A mesh is told of the testers by a step of its own, once there are pods for them; Argo Rollouts takes that back at the end. */
function withTesters({ metadata, spec }: RecommenderModel, part: Part): Part[] {
  const { type, testers } = spec.delivery.router;
  if (type !== 'Istio' || !testers || part.part !== 'Start') return [part];
  const match = [{ headerName: testers.header, headerValue: { exact: testers.value } }];
  return [part, { part: 'Start', argo: { setHeaderRoute: { name: namesOf(metadata.name).testersRoute, match } } }];
}

/** The step that Argo Rollouts is at; undefined when it has passed the last one. */
export const presentStep = (observed: Observed): PlannedStep | undefined => stepsOf(observed.model)[stepIndex(observed)];

/** Of the model, while its candidate is on its way. */
export const phaseOf = (observed: Observed): Phase => presentStep(observed)?.phase ?? 'Canary';

/** Shares of users at which a gate is asked, percent, in turn. */
export function judgedWeights(model: RecommenderModel): number[] {
  return stepsOf(model).flatMap(({ part, weight }) => (part === 'Gate' && weight > 0 ? [weight] : []));
}

/** Argo Rollouts leaves a pause without duration when its condition has been there and is gone. */
export function isAtOpenPause(observed: Pick<Observed, 'rollout' | 'replicaSets'>): boolean {
  const { rollout } = observed;
  const steps = (rollout?.spec.strategy?.canary?.steps ?? []) as ArgoStep[];
  const { pause } = steps[stepIndex(observed)] ?? {};
  return pause !== undefined && pause.duration === undefined && (rollout?.status?.pauseConditions ?? []).length > 0;
}
