import type { AnalysisRun } from '../api/argo.ts';
import type { DecisionRecord, RecommenderModel, RuleName } from '../api/model.ts';
import { actAnnotation, type ActName, namesOf } from '../api/names.ts';
import type { Observed } from '../plan/state/observed.ts';
import { analysisRun, model, observed, out, rollout, validation, version } from './builders.ts';

export const champion = version('1.0.0', 'Champion');
const retired = version('1.0.0', 'Retired', { championSince: '2026-01-01T00:00:00Z', verified: true });
export const passed = { at: '2026-03-01T10:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' };
const candidate = version('2.0.0', 'Challenger', { decisions: [passed] });
const acted = (act: string) => version('2.0.0', 'Challenger', { decisions: [{ ...passed, at: '2026-03-01T11:00:00Z', from: 'Challenger', act }, passed] });

const moving = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1, canary: { weights: { canary: { weight: 10 } } } });
const aborted = (message: string) => rollout('2.0.0', { stable: '1.0.0', abort: true, phase: 'Degraded', message });
const manual = { ...model('2.0.0').spec.delivery, approval: 'Manual' } as const;

const ask = (act: ActName, text: string, spec: Partial<RecommenderModel['spec']> = {}) => model('2.0.0', { annotations: { [actAnnotation(act)]: text }, spec });
const metric = (value: string, phase: 'Successful' | 'Failed' = 'Successful') => ({ phase, value: `[${value}]` });
export const NUMBERS = {
  'error-rate': metric('-62.9,0.01'), 'average-latency': metric('-62.9,0.02'), 'p99-latency': metric('-62.9,0.2'), 'inference-errors': metric('0'),
  'throttled-rate': metric('-62.9,0'), requests: metric('312.4'),
};
const SHADOWED = {
  'shadow-requests': metric('2040.3'), 'shadow-error-rate': metric('-2042.3,0.001'), 'shadow-average-latency': metric('-2042.3,0.02'), 'shadow-p99-latency': metric('-312.4,0.2'),
  'shadow-overlap': metric('-2040.3,0.83'), 'shadow-rank-biased-overlap': metric('-2040.3,0.9'), 'shadow-coverage': metric('-2040.3,1'), 'shadow-score-drift': metric('-2040.3,0.04'), 'inference-errors': metric('0'),
};
const TOO_MANY = { ...NUMBERS, 'error-rate': metric('-62.9,0.2134', 'Failed') };
export const measured = (numbers: typeof NUMBERS, labels: Record<string, string> = {}) => analysisRun('2.0.0', numbers, { 'recommender.dev/attempt': '2.0.0_1772359200', ...labels });

const { delivery, analysis } = model('2.0.0').spec;
const accepting = { ...analysis, acceptance: [{ metric: 'ndcg@10', min: '0.4' }] };
const watching = model('2.0.0', { spec: { delivery: { ...delivery, after: { ...delivery.after, watchFor: '1h' } } } });
const promoted = (number: string, at: string) => version(number, 'Champion', { championSince: at, decisions: [{ ...passed, at, from: 'Challenger', to: 'Champion' }] });
function watched(number: string, at: string, errors = metric('-62.9,0.01')): AnalysisRun {
  const { metadata, status, ...run } = analysisRun(number, { ...NUMBERS, 'error-rate': errors });
  const name = namesOf('books').watch(Date.parse(at) / 1000);
  return { ...run, metadata: { ...metadata, name, labels: {} }, status: { ...status, metricResults: (status?.metricResults ?? []).map((each) => ({ ...each, successful: 1 })) } };
}

const PROMOTED_AT = '2026-03-01T11:50:00Z';
/** A champion that does not keep its guardrails: the first one, or one that has replaced another. */
const failing = { versions: [promoted('2.0.0', PROMOTED_AT)], rollout: rollout('2.0.0'), runs: [watched('2.0.0', PROMOTED_AT, metric('-62.9,0.2134', 'Failed'))] };
const replaced = version('1.0.0', 'Retired', { decisions: [{ ...passed, at: PROMOTED_AT, from: 'Champion', to: 'Retired' }] });
const failingAfterAnother = { ...failing, versions: [replaced, ...failing.versions] };

const began: DecisionRecord = { ...passed, at: '2026-03-01T11:00:00Z', from: 'Challenger', rule: 'StartedTogether' };
const seen = { candidate: { version: '2.0.0', digest: candidate.spec.digest, since: '2026-03-01T10:00:00Z', weight: 10 } };
const together = model('2.0.0', { spec: { group: 'home' }, status: seen });
const ranker = (more: Partial<Observed>) => observed({ ...model('3.0.0', { spec: { group: 'home' } }), metadata: { ...model('3.0.0').metadata, name: 'ranker' } }, more);

/** A situation for each rule, and what is said of it: the type asks for one when a rule is added. */
export const DECISIONS: Record<RuleName, [Observed, sentence: string]> = {
  Registered: [
    observed(model('1.0.0'), { versions: [champion, version('2.0.0')], rollout: rollout('1.0.0') }),
    '2.0.0 was registered. It waits until spec.release names it.',
  ],
  ValidationStarted: [
    observed(model('2.0.0'), { versions: [champion, version('2.0.0')], rollout: rollout('1.0.0') }),
    '2.0.0 is being validated. Nothing changes for users until it has passed.',
  ],
  ValidationPassed: [
    observed(model('2.0.0', { spec: { analysis: accepting } }), { versions: [champion, version('2.0.0', 'Validating')], rollout: rollout('1.0.0'), ...validation('2.0.0', { result: 'Passed', reason: 'Valid', message: 'fine', metrics: { 'ndcg@10': 0.41 } }) }),
    '2.0.0 passed validation: digests, graph and golden requests are correct. Its contract was not compared with that of champion 1.0.0: 1.0.0 has none on record. Its ndcg@10 is 0.41. It may serve users.',
  ],
  ValidationFailed: [
    observed(model('2.0.0'), { versions: [champion, version('2.0.0', 'Validating')], rollout: rollout('1.0.0'), ...validation('2.0.0', { result: 'Invalid', reason: 'FileMismatch', message: 'model.onnx is another file.' }) }),
    '2.0.0 was rejected before any user saw it: model.onnx is another file. Everyone stayed on 1.0.0.',
  ],
  FirstVersion: [
    observed(model('2.0.0'), { versions: [candidate], rollout: rollout('2.0.0') }),
    '2.0.0 is the first version and its pods are ready. It serves everyone.',
  ],
  RecordRestored: [
    observed(model('1.0.0', { status: { champion: { ...model('1.0.0').spec.release, since: '2026-01-01T00:00:00Z' } } }), { versions: [version('1.0.0')], rollout: rollout('1.0.0') }),
    '1.0.0 serves as champion: its record was missing and was restored from the status of the model. Nothing changes for users.',
  ],
  ShadowEnded: [
    observed(model('2.0.0', { spec: { delivery: { ...delivery, strategy: 'Shadow' } } }), {
      versions: [champion, version('2.0.0', 'Shadow', { decisions: [{ ...passed, to: 'Shadow' }] })],
      rollout: rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 3 }),
      runs: [analysisRun('2.0.0', SHADOWED, { 'recommender.dev/attempt': '2.0.0_1772359200', 'step-index': '2' })],
    }),
    '2.0.0 passed its shadow phase: 2,040 of its answers were compared, 0.1% of the duplicated requests failed, its average shadow latency was 20 ms, its 99th percentile shadow latency was 200 ms, its overlap with the champion was 0.83, its rank-biased overlap was 0.9, its coverage was 1, its scores drifted by 4%. Its first users (10%) received its answers.',
  ],
  GatesPassed: [
    observed(model('2.0.0'), { versions: [champion, candidate], rollout: rollout('2.0.0'), runs: [measured(NUMBERS, { 'step-index': '5' })] }),
    '2.0.0 was promoted: every guardrail held at 10%, 50% of users. It serves everyone in place of 1.0.0.',
  ],
  ChampionServedNobody: [
    observed(out(model('2.0.0')), { versions: [champion, candidate], rollout: rollout('1.0.0', { phase: 'Degraded', availableReplicas: 0 }) }),
    '2.0.0 was promoted without further steps: champion 1.0.0 had no ready pod since 2026-03-01 11:45 UTC. It takes over as soon as its pods are ready.',
  ],
  PromotedInArgoRollouts: [
    observed(model('2.0.0'), { versions: [champion, candidate], rollout: rollout('2.0.0'), runs: [measured(NUMBERS)] }),
    '2.0.0 was promoted by Argo Rollouts: no passed gate was found for its last step, so someone may have promoted it there. It serves everyone in place of 1.0.0.',
  ],
  Succeeded: [
    observed(model('2.0.0'), { versions: [version('1.0.0', 'Champion'), version('2.0.0', 'Champion', { championSince: '2026-03-01T11:00:00Z' })], rollout: rollout('2.0.0') }),
    '1.0.0 was replaced by 2.0.0. A rollback can restore it.',
  ],
  GuardrailViolated: [
    observed(model('2.0.0'), { versions: [champion, candidate], rollout: aborted(''), runs: [measured(TOO_MANY)] }),
    '2.0.0 was rejected: 21.3% of its requests failed (62 requests in 5m), above the limit of 5%. Its users went back to 1.0.0.',
  ],
  PodsNotReady: [
    observed(model('2.0.0'), { versions: [champion, candidate], rollout: aborted('Rollout aborted: ReplicaSet "books-1" has timed out progressing.') }),
    '2.0.0 was rejected before any user saw it: its pods did not become ready within 10m. Everyone stayed on 1.0.0.',
  ],
  AbortedInArgoRollouts: [
    observed(model('2.0.0'), { versions: [champion, candidate], rollout: aborted('Rollout aborted update to revision 2') }),
    '2.0.0 was rejected before any user saw it: it was aborted in Argo Rollouts. Everyone stayed on 1.0.0.',
  ],
  GivenUpByArgoRollouts: [
    observed(model('2.0.0'), { versions: [champion, candidate], rollout: aborted('the router is gone'), runs: [measured(NUMBERS)] }),
    '2.0.0 was rejected: Argo Rollouts aborted it (the router is gone). Its users went back to 1.0.0.',
  ],
  WishMovedOn: [
    observed(model('2.1.0'), { versions: [champion, candidate, version('2.1.0')], rollout: moving }),
    '2.0.0 was abandoned: spec.release now names 2.1.0. Its users went back to 1.0.0.',
  ],
  WatchKept: [
    observed(watching, { versions: [promoted('2.0.0', '2026-03-01T10:59:00Z')], rollout: rollout('2.0.0'), runs: [watched('2.0.0', '2026-03-01T10:59:00Z')] }),
    '2.0.0 was watched for 1h after its promotion and every guardrail held. It remains champion.',
  ],
  WatchViolated: [
    observed(watching, {
      ...failingAfterAnother,
      ...validation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' }),
    }),
    '1.0.0 is champion again because 2.0.0 violated its guardrails after its promotion: 21.3% of its requests failed (62 requests in 5m), above the limit of 5%. Everyone returns to it.',
  ],
  StartedTogether: [
    observed(together, { versions: [champion, candidate], rollout: rollout('1.0.0'), peers: [ranker({ versions: [champion, version('3.0.0', 'Challenger')], rollout: rollout('1.0.0') })] }),
    '2.0.0 starts with its group home. It advances step by step together with ranker 3.0.0.',
  ],
  GroupFailed: [
    observed(together, {
      versions: [champion, version('2.0.0', 'Challenger', { decisions: [began, passed] })],
      rollout: moving,
      runs: [measured(NUMBERS)],
      peers: [ranker({ versions: [champion, version('3.0.0', 'Rejected', { decisions: [{ ...passed, at: '2026-03-01T11:30:00Z', from: 'Challenger', to: 'Rejected' }, began, passed] })], rollout: rollout('1.0.0') })],
    }),
    '2.0.0 was withdrawn at 10% of users: ranker 3.0.0 of its group home was rejected. Its users went back to 1.0.0.',
  ],
  NothingToReturnTo: [
    observed(watching, failing),
    '2.0.0 violated its guardrails after its promotion: 21.3% of its requests failed (62 requests in 5m), above the limit of 5%. There is no previous version to return to, so nothing changes.',
  ],
  NoWayBack: [
    observed(watching, {
      ...failingAfterAnother,
      ...validation('1.0.0', { result: 'Invalid', reason: 'DigestMismatch', message: 'model.onnx has another digest.' }),
    }),
    '2.0.0 violated its guardrails after its promotion: 21.3% of its requests failed (62 requests in 5m), above the limit of 5%. 1.0.0 cannot be restored: its bundle is not usable (model.onnx has another digest); publish it again, or set spec.release to a good version.',
  ],
  ApprovedByHand: [
    observed(ask('approve', '2.0.0 a looks good', { delivery: manual }), { versions: [champion, candidate], rollout: rollout('1.0.0') }),
    '2.0.0 was approved by annotation (looks good). It may serve its first users.',
  ],
  PausedByHand: [
    observed(ask('pause', '2.0.0 a'), { versions: [champion, candidate], rollout: moving }),
    '2.0.0 was paused at 10% of users, step 1 of 2, by annotation. It stays there with every guardrail in force until recommender.dev/resume="2.0.0 TOKEN" is set.',
  ],
  ResumedByHand: [
    observed(ask('resume', '2.0.0 b'), { versions: [champion, acted('pause 2.0.0 a')], rollout: moving }),
    '2.0.0 was resumed at 10% of users, step 1 of 2, by annotation. It continues from there.',
  ],
  PromotedByHand: [
    observed(ask('promote', '2.0.0 a urgent'), { versions: [champion, candidate], rollout: moving, runs: [measured(TOO_MANY)] }),
    '2.0.0 was promoted at 10% of users, step 1 of 2, by annotation (urgent), although error-rate is violated. The remaining steps and gates are skipped.',
  ],
  AbortedByHand: [
    observed(ask('abort', '2.0.0 a'), { versions: [champion, candidate], rollout: moving, runs: [measured(NUMBERS)] }),
    '2.0.0 was aborted at 10% of users, step 1 of 2, by annotation. Its users went back to 1.0.0.',
  ],
  RetriedByHand: [
    observed(ask('retry', '2.0.0 a Redis is back'), { versions: [champion, version('2.0.0', 'Rejected')], rollout: rollout('1.0.0') }),
    '2.0.0 is retried, as requested by annotation (Redis is back). It is validated again.',
  ],
  RolledBackByHand: [
    observed(ask('rollback', '1.0.0 a'), { versions: [retired, version('2.0.0', 'Champion')], rollout: rollout('2.0.0'), ...validation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' }) }),
    '1.0.0 is champion again, rolled back from 2.0.0 by annotation. Everyone returns to it.',
  ],
};
