import type { IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/Rollout';
import type { Rollout } from '../api/argo.ts';
import type { RecommenderModel } from '../api/model.ts';
import { LABELS, MANAGER, namesOf } from '../api/names.ts';
import type { KubernetesObject } from '../api/objects.ts';
import { replicasOf } from './capacity.ts';
import type { Target } from './decision.ts';
import { seconds } from './durations.ts';
import { sinceOf } from './facts.ts';
import type { PlanConfig } from './observed.ts';
import { ownedMeta, servingPodLabels } from './owned.ts';
import { podTemplate } from './podTemplate.ts';
import { routerNote } from './routerInForce.ts';
import { routingOf } from './router.ts';
import { stepsOf } from './steps.ts';

type Canary = NonNullable<NonNullable<IRollout['spec']['strategy']>['canary']>;

/**
 * The Rollout that serves the target's release. It has steps and analysis only for a candidate: with the
 * champion's digest in the template any change is a plain rolling change, which a Rollout without steps makes by
 * starting all new pods, switching the Service and then ending the old ones.
 */
export function rolloutObject(
  model: RecommenderModel,
  target: Exclude<Target, { run: 'Leave' }>,
  { live, config }: { live: Rollout | undefined; config: PlanConfig },
): KubernetesObject {
  const names = namesOf(model.metadata.name);
  const { release } = target;
  const { strategy, shadow } = model.spec.delivery;
  const spec: IRollout['spec'] = {
    replicas: replicasOf(model, live),
    revisionHistoryLimit: 3,
    progressDeadlineSeconds: seconds(model.spec.delivery.progressDeadline),
    progressDeadlineAbort: true,
    selector: { matchLabels: servingPodLabels(model) },
    template: podTemplate(model, release, config),
    strategy: {
      canary: {
        maxSurge: '100%',
        maxUnavailable: 0,
        abortScaleDownDelaySeconds: 5,
        ...routingOf(model).strategy(release, target.run === 'Candidate' && strategy === 'Shadow' ? shadow.percent : undefined),
        ...(target.run === 'Candidate' ? judged(model, target) : {}),
      },
    },
    analysis: { successfulRunHistoryLimit: 3, unsuccessfulRunHistoryLimit: 3 },
  };
  // With the uid the API server refuses to make it anew, should it have been deleted just now: that has to start from the champion.
  const uid = live?.metadata.uid;
  const metadata = { ...ownedMeta(model, names.rollout), ...routerNote(model), ...(uid === undefined ? {} : { uid }) };
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata, spec };
}

/**
 * Deterministic in the model, the release and the attempt: Argo Rollouts starts over when steps change. The background analysis
 * starts right after the first weight is set.
 */
function judged(model: RecommenderModel, { release, attempt }: Extract<Target, { run: 'Candidate' }>): Pick<Canary, 'steps' | 'analysis'> {
  const names = namesOf(model.metadata.name);
  const call = {
    args: [
      { name: 'namespace', value: model.metadata.namespace ?? '' },
      { name: 'model', value: model.metadata.name },
      { name: 'version', value: release.version },
      { name: 'since', value: sinceOf(attempt) },
    ],
    analysisRunMetadata: { labels: { [LABELS.model]: model.metadata.name, [LABELS.managedBy]: MANAGER, [LABELS.attempt]: attempt } },
  };
  const planned = stepsOf(model);
  const steps = planned.map(({ argo }) => (argo.analysis ? { analysis: { ...argo.analysis, ...call } } : argo));
  const startingStep = planned.findIndex(({ part }) => part === 'Start') + 1;
  return { steps, analysis: { startingStep, templates: [{ templateName: names.guardrails }], ...call } };
}
