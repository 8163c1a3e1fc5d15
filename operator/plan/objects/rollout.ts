import type { IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/Rollout';
import type { RecommenderModel } from '../../api/model.ts';
import { ANNOTATIONS, LABELS, MANAGER, namesOf } from '../../api/names.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import { seconds } from '../spec/durations.ts';
import type { Target } from '../state/decision.ts';
import { deliveryNote } from '../state/deliveryInForce.ts';
import { fingerprint } from '../state/replicaSets.ts';
import { routerNote } from '../state/routerInForce.ts';
import { sinceOf, type Snapshot } from '../state/snapshot.ts';
import { stepsOf } from '../state/steps.ts';
import { replicasOf } from './capacity.ts';
import { ownedMeta, servingPodLabels } from './owned.ts';
import { podTemplate } from './podTemplate.ts';
import { routingOf } from './router.ts';
import { isTakeover, scaleDownDelay } from './scaleDown.ts';

type Canary = NonNullable<NonNullable<IRollout['spec']['strategy']>['canary']>;

/**
 * For an instant return. Without it, users whose connections stay with the pods being replaced would only follow when those
 * pods next look at the champion Service; a weight they see at once.
 */
const AT_ONCE = { setWeight: 100 };

/** ReplicaSets kept besides the one that serves: the previous champion, and one that is being replaced. */
const MOST_KEPT = 2;

/**
 * The Rollout that serves the target's release. It has steps and analysis only for a candidate: with the
 * champion's digest in the template any change is a plain rolling change, which a Rollout without steps makes by
 * starting all new pods, switching the Service and then ending the old ones.
 */
export function rolloutObject(snapshot: Snapshot, target: Exclude<Target, { run: 'Leave' }>): KubernetesObject {
  const { model, rollout: live } = snapshot.observed;
  const names = namesOf(model.metadata.name);
  const { release } = target;
  const { strategy, shadow } = model.spec.delivery;
  const template = podTemplate(model, release, snapshot.config);
  const routing = routingOf(model).strategy(release, target.run === 'Candidate' && strategy === 'Shadow' ? shadow.percent : undefined);
  const spec: IRollout['spec'] = {
    replicas: replicasOf(model, live),
    revisionHistoryLimit: 3,
    progressDeadlineSeconds: seconds(model.spec.delivery.progressDeadline),
    progressDeadlineAbort: true,
    selector: { matchLabels: servingPodLabels(model) },
    template,
    strategy: {
      canary: {
        maxSurge: '100%',
        maxUnavailable: 0,
        abortScaleDownDelaySeconds: 5,
        ...routing,
        // Argo Rollouts keeps replaced pods only where something keeps users away from them.
        ...(routing.trafficRouting
          ? { scaleDownDelaySeconds: scaleDownDelay(snapshot, target), scaleDownDelayRevisionLimit: MOST_KEPT }
          : {}),
        ...(target.run === 'Candidate' ? judged(model, target) : {}),
        ...(isTakeover(snapshot, target) ? { steps: [AT_ONCE] } : {}),
      },
    },
    analysis: { successfulRunHistoryLimit: 3, unsuccessfulRunHistoryLimit: 3 },
  };
  // With the uid the API server does not recreate a Rollout that was deleted just now: a new one has to start from the
  // champion.
  const uid = live?.metadata.uid;
  const annotations = {
    ...routerNote(model).annotations,
    ...(target.run === 'Candidate' ? deliveryNote(model) : {}),
    [ANNOTATIONS.template]: fingerprint(template),
  };
  const metadata = { ...ownedMeta(model, names.rollout), annotations, ...(uid === undefined ? {} : { uid }) };
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
  const steps = planned.map(({ argo: { analysis, ...step } }) =>
    analysis ? { analysis: { ...analysis, ...call, args: [...call.args, ...(analysis.args ?? [])] } } : step,
  );
  const startingStep = planned.findIndex(({ part }) => part === 'Start') + 1;
  return { steps, analysis: { startingStep, templates: [{ templateName: names.guardrails }], ...call } };
}
