import type { Rollout } from '../api/argo.ts';
import type { DecisionRecord, RecommenderModel } from '../api/model.ts';
import { ANNOTATIONS } from '../api/names.ts';
import { plan } from '../plan/plan.ts';
import type { Observed } from '../plan/state/observed.ts';
import { stepsOf } from '../plan/state/steps.ts';
import { candidateRollout, CONFIG, model, NOW, observed, rollout, version } from './builders.ts';
import { expectInvariants } from './invariants.ts';

/** For tests: two models of one group, `books`, which is planned, and `ranker`. */

type Delivery = RecommenderModel['spec']['delivery'];

export const record = (at: string, from: string, to: string, more: Partial<DecisionRecord> = {}): DecisionRecord => ({ at: `2026-03-01T${at}Z`, from, to, by: 'x', reason: 'x. y.', ...more });
export const PASSED = record('10:00:00', 'Validating', 'Challenger');
export const STARTED = record('11:00:00', 'Challenger', 'Challenger', { rule: 'StartedTogether' });
export const PROMOTED = record('11:30:00', 'Challenger', 'Champion', { rule: 'GatesPassed' });
export const REJECTED = record('11:20:00', 'Challenger', 'Rejected', { rule: 'GuardrailViolated', reason: '3.0.0 was rejected. Its users went back to 1.0.0.' });

export const champion = version('1.0.0', 'Champion');
export const ready = (number: string) => version(number, 'Challenger', { decisions: [PASSED] });
export const started = (number: string) => version(number, 'Challenger', { decisions: [STARTED, PASSED] });
/** @param decisions newest first */
export const lost = (number: string, ...decisions: DecisionRecord[]) => version(number, decisions[0]?.to as 'Rejected', { decisions });

export function desired(number: string, delivery: Partial<Delivery> = {}, annotations: Record<string, string> = {}): RecommenderModel {
  const { spec } = model(number);
  return model(number, { spec: { group: 'home', delivery: { ...spec.delivery, ...delivery } }, annotations });
}

/** The Rollout of a candidate as Argo Rollouts has it at one of its steps; at a pause without end it waits there. */
export function on(asked: RecommenderModel, currentStepIndex: number, status: Rollout['status'] = {}): Rollout {
  const { part, weight = 100 } = stepsOf(asked)[currentStepIndex] ?? {};
  const pauseConditions = part === 'Together' || part === 'Approval' ? { pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-03-01T11:10:00Z' }] } : {};
  return candidateRollout(asked, { currentStepIndex, canary: { weights: { canary: { weight } } }, ...pauseConditions, ...status });
}

export function ranker(asked: RecommenderModel, more: Partial<Observed> = {}): Observed {
  const named = { ...asked, metadata: { ...asked.metadata, name: 'ranker' } };
  return observed(named, { versions: [champion], rollout: rollout('1.0.0'), ...more });
}
export const atRest = ranker(desired('1.0.0'));
export const preparing = ranker(desired('3.0.0'), { versions: [champion, version('3.0.0', 'Validating')] });
export const isReady = ranker(desired('3.0.0'), { versions: [champion, ready('3.0.0')] });
export const moving = (index: number, delivery: Partial<Delivery> = {}, status: Rollout['status'] = {}) =>
  ranker(desired('3.0.0', delivery), { versions: [champion, started('3.0.0')], rollout: on(desired('3.0.0', delivery), index, status) });
/** With the status of the version before, which has all its steps behind it. */
const OF_THE_ONE_BEFORE = { observedGeneration: 'before', currentPodHash: 'hash-1.0.0', stableRS: 'hash-1.0.0' };
export const UNSEEN = moving(8, {}, OF_THE_ONE_BEFORE);
/** On its way since before its model was in the group, so it waits for nobody. */
export const ungrouped = (index: number, status: Rollout['status'] = {}) =>
  ranker(desired('3.0.0'), { versions: [champion, started('3.0.0')], rollout: on(model('3.0.0'), index, status) });
export const UNGROUPED_UNSEEN = ungrouped(8, OF_THE_ONE_BEFORE);
export const rejected = (...decisions: DecisionRecord[]) => ranker(desired('3.0.0'), { versions: [champion, lost('3.0.0', ...decisions)] });

export function planned(asked: RecommenderModel, more: Partial<Observed>, now = NOW) {
  const situation = observed(asked, { versions: [champion, ready('2.0.0')], rollout: rollout('1.0.0'), ...more });
  const result = plan(situation, CONFIG, now);
  expectInvariants(situation, result);
  const made = result.objects.find(({ kind }) => kind === 'Rollout') as Rollout | undefined;
  return { ...result, message: result.status.message, runs: made?.spec.template.metadata?.annotations?.[ANNOTATIONS.version], made, decision: result.versions[0]?.status?.decisions?.[0] };
}
/** With 2.0.0 on its way at a step of Argo Rollouts. */
export const candidate = (index: number, peers: Observed[], delivery: Partial<Delivery> = {}, more: Partial<Observed> = {}) =>
  planned(desired('2.0.0', delivery), { versions: [champion, started('2.0.0')], rollout: on(desired('2.0.0', delivery), index), peers, ...more });

/** Pauses of the usual canary: at 10% and, before everyone, at 50% of users. */
export const [FIRST, LAST] = [3, 7];
export const GOES_ON = [{ body: { status: { pauseConditions: null } }, subresource: 'status' }];
