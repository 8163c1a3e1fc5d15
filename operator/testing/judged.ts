import type { ModelContract, ValidationReport } from '../../serving/contract/report.ts';
import { sampleOf } from '../../serving/validate/sample.ts';
import type { ModelVersion, RecommenderModel } from '../api/model.ts';
import { ANNOTATIONS } from '../api/names.ts';
import { plan } from '../plan/plan.ts';
import type { Observed } from '../plan/state/observed.ts';
import { CONFIG, model, NOW, observed, rollout, validation, version } from './builders.ts';
import { expectInvariants } from './invariants.ts';

type Delivery = RecommenderModel['spec']['delivery'];
type Analysis = RecommenderModel['spec']['analysis'];

export const ids = (prefix: string, count: number, from = 0) => Array.from({ length: count }, (_, index) => `${prefix}${String(from + index)}`);
export const USER = { name: 'user', from: 'user_id', type: 'int64', required: false, vocabulary: 50 };
export const HOUR = { name: 'hour', from: 'context.hour', type: 'float32', required: false };
export const contract = (more: Partial<ModelContract> = {}): ModelContract => ({
  task: 'user-to-items',
  inputs: [USER, HOUR],
  outputs: ['items', 'scores'],
  k: 50,
  items: sampleOf(ids('i', 100)),
  users: sampleOf(ids('u', 50)),
  ...more,
});
export const passed = (more: Partial<ValidationReport> = {}): ValidationReport =>
  ({ result: 'Passed', reason: 'Passed', message: 'fine.', task: 'user-to-items', metrics: { 'ndcg@10': 0.41 }, contract: contract(), ...more });
export const CHAMPION = version('1.0.0', 'Champion', { contract: contract(), metrics: { 'ndcg@10': '0.4' } });

interface Asked {
  delivery?: Partial<Delivery['validation']>;
  acceptance?: Analysis['acceptance'];
  champion?: ModelVersion | undefined;
}

/** What the Job of 2.0.0 has reported, and beside which champion. */
function reported(report: ValidationReport, { delivery = {}, acceptance = [], ...given }: Asked): Observed {
  const { spec } = model('2.0.0');
  const desired = model('2.0.0', {
    spec: {
      delivery: { ...spec.delivery, validation: { ...spec.delivery.validation, ...delivery } },
      analysis: { ...spec.analysis, acceptance },
    },
  });
  const champion = 'champion' in given ? given.champion : CHAMPION;
  const before = champion ? { rollout: rollout(champion.spec.version) } : {};
  const versions = [...(champion ? [champion] : []), version('2.0.0', 'Validating', { verified: false })];
  return observed(desired, { versions, ...before, ...validation('2.0.0', report) });
}

/** What becomes of 2.0.0 then. `runs`: the version in the template of the Rollout to apply. */
export function judged(report: ValidationReport, desired: Asked = {}) {
  const situation = reported(report, desired);
  const { versions, objects, status } = plan(situation, CONFIG, NOW);
  expectInvariants(situation, plan(situation, CONFIG, NOW));
  const written = versions.find(({ spec }) => spec.version === '2.0.0')?.status;
  const [decision] = written?.decisions ?? [];
  const rolloutObject = objects.find(({ kind }) => kind === 'Rollout')?.['spec'] as { template: { metadata: { annotations: Record<string, string> } } } | undefined;
  const runs = rolloutObject?.template.metadata.annotations[ANNOTATIONS.version];
  return { stage: written?.stage, reason: decision?.reason ?? '', evidence: decision?.evidence, written, status, runs };
}
