import type { IAnalysisTemplate } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/AnalysisTemplate';
import type { RecommenderModel } from '../../api/model.ts';
import { namesOf } from '../../api/names.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import { appliedWeight, PODS_BEHIND, WEIGHT } from '../spec/appliedWeight.ts';
import { seconds } from '../spec/durations.ts';
import { ACTIVE_USERS, type Guardrail, guardrailsOf, sampleSize } from '../spec/guardrails.ts';
import { conditionsOf, queryOf } from '../spec/measurement.ts';
import { COMPARED, shadowChecks } from '../spec/shadowChecks.ts';
import { MEASURED_PODS, stackChecks } from '../spec/stackChecks.ts';
import type { Watch } from '../state/decision.ts';
import type { PlanConfig } from '../state/observed.ts';
import { ownedMeta } from './owned.ts';

type Metric = NonNullable<IAnalysisTemplate['spec']['metrics']>[number];

/**
 * No data and an unreachable Prometheus are inconclusive or an error, never a verdict. With limits this high Argo
 * Rollouts waits for data instead of pausing for a person or giving the version up.
 */
const FOR_EVER = 1_000_000;

/**
 * Templates over the same guardrails. `…-guardrails` runs while users are on the candidate and ends the rollout at the first
 * failure. `…-gate` runs at the end of a step and ends with the first pass of every metric, the number of requests among them:
 * without data there is no pass and the step does not end. `…-weight` is evaluated in the same run; it is a template of its
 * own, because a rollout that began before it existed goes on without it. `…-stack` is the gate of a second stack without
 * users, `…-shadow-gate` that of a version that was only shadowed.
 */
export function analysisObjects(model: RecommenderModel, config: PlanConfig): KubernetesObject[] {
  const names = namesOf(model.metadata.name);
  const guardrails = guardrailsOf(model);
  const gate = (checks: readonly Guardrail[]) => checks.map((each) => gateMetric(each, model, config));
  const applied = appliedWeight(model);
  return [
    template(model, names.guardrails, [...guardrails.map((each) => metric(each, model, config)), counted(ACTIVE_USERS, model, config)]),
    template(model, names.gate, gate([...guardrails, sampleSize(model)])),
    ...(applied.length > 0 ? [template(model, names.weightGate, gate(applied), [WEIGHT])] : []),
    ...(model.spec.delivery.strategy === 'BlueGreen' ? [template(model, names.stackGate, gate(stackChecks(model)))] : []),
    ...(model.spec.delivery.strategy === 'Shadow' ? [template(model, names.shadowGate, gate(shadowChecks(model)))] : []),
  ];
}

/** Ends with the first pass. What is only counted is waited for. */
function gateMetric(guardrail: Guardrail, model: RecommenderModel, config: PlanConfig): Metric {
  return {
    ...metric(guardrail, model, config),
    ...(COUNTED.includes(guardrail.name) ? { failureCondition: 'false' } : {}),
    // Argo Rollouts requires a count for the analysis of a step; this one is never reached.
    count: FOR_EVER,
    consecutiveSuccessLimit: 1,
  };
}

const COUNTED = ['requests', MEASURED_PODS, COMPARED, PODS_BEHIND];

/** One run over the champion of one promotion. It ends at the first failure, or when the operator removes it. */
export function watchRun(model: RecommenderModel, { run, since, champion, guardrails }: Watch, config: PlanConfig): KubernetesObject {
  const args = [
    { name: 'namespace', value: model.metadata.namespace ?? '' },
    { name: 'model', value: model.metadata.name },
    { name: 'version', value: champion.spec.version },
    { name: 'since', value: String(since) },
  ];
  const metrics = guardrails.map((each) => metric(each, model, config));
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisRun', metadata: ownedMeta(model, run.name), spec: { args, metrics } };
}

function metric(guardrail: Guardrail, model: RecommenderModel, config: PlanConfig): Metric {
  return {
    name: guardrail.name,
    interval: `${String(seconds(model.spec.analysis.interval))}s`,
    ...conditionsOf(guardrail),
    failureLimit: 0,
    inconclusiveLimit: FOR_EVER,
    consecutiveErrorLimit: FOR_EVER,
    provider: { prometheus: { address: config.prometheusUrl, query: queryOf(guardrail) } },
  };
}

/** A metric without conditions: whatever it yields is taken down and decides nothing. */
function counted({ name, query }: Pick<Guardrail, 'name' | 'query'>, model: RecommenderModel, config: PlanConfig): Metric {
  return {
    name,
    interval: `${String(seconds(model.spec.analysis.interval))}s`,
    consecutiveErrorLimit: FOR_EVER,
    provider: { prometheus: { address: config.prometheusUrl, query } },
  };
}

const ARGS = ['namespace', 'model', 'version', 'since'];

function template(model: RecommenderModel, name: string, metrics: Metric[], more: readonly string[] = []): KubernetesObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: ownedMeta(model, name),
    spec: { args: [...ARGS, ...more].map((each) => ({ name: each })), metrics },
  };
}
