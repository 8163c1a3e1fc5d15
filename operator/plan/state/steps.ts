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
 * The steps of a candidate, in the order in which Argo Rollouts executes them: element i is its step i. Everything about a step
 * is read here.
 */
export function stepsOf(model: RecommenderModel): PlannedStep[] {
  const { strategy, approval: approves } = model.spec.delivery;
  const steps = STRATEGIES[strategy](model);
  const last = steps.length - 1;
  return steps.flatMap(({ phase, weight, parts }, index) => {
    // A member that waits for the group is already approved, so all can go on at the same moment.
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

/** If pods divide the users, the gate of a step with users also checks that they apply its weight. */
function withProof(model: RecommenderModel, part: Part, weight: number): Part {
  const { analysis } = part.argo;
  if (!analysis || weight === 0 || !isBuiltIn(model)) return part;
  const templates = [...(analysis.templates ?? []), { templateName: namesOf(model.metadata.name).weightGate }];
  return { ...part, argo: { analysis: { ...analysis, templates, args: [{ name: WEIGHT, value: String(weight) }] } } };
}

/** A mesh gets the route for testers in a step of its own, once there are pods for them; Argo Rollouts removes it at the end. */
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

/** Shares of users at which a gate is evaluated, percent, in order. */
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
