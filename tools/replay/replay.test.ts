import { describe, expect, it } from '@jest/globals';
import type { DecisionRecord } from '../../operator/api/model.ts';
import { plan } from '../../operator/plan/plan.ts';
import { DECISIONS, measured, NUMBERS } from '../../operator/testing/decisions.ts';
import { stepsOf } from '../../operator/plan/state/steps.ts';
import { CONFIG, NOW } from '../../operator/testing/builders.ts';
import { parseLog } from './entry.ts';
import { replay } from './replay.ts';
import { ARGO, decision, digestOf, FIRST, forNginx, inMesh, lease, log, OPERATOR, PASS, recorded, ref, registered, rollout, SECOND, STEPS, time, VALIDATED, violations, weight } from './testing/log.ts';

describe('the replay of an audit log', () => {
  it('finds nothing wrong with a release that passed, and counts what it saw', () => {
    const release = [lease('a'), ...FIRST, rollout('1.0.0'), ...SECOND, rollout('2.0.0', STEPS), weight(10, '2.0.0'), weight(50, '2.0.0'), weight(100, '2.0.0')];
    const end = [recorded('2.0.0', ...VALIDATED, decision('Challenger', 'Champion', PASS)), recorded('1.0.0', ...VALIDATED, decision('Challenger', 'Champion'), decision('Champion', 'Retired')), rollout('2.0.0'), weight(0, '2.0.0')];
    expect(replay(log(...release, ...end))).toEqual({
      violations: [],
      counts: { writes: 9, weights: 4, decisions: 7, promotions: 2, acts: 0, edits: 0, epochs: 1 },
    });
  });

  it('names a share that shrinks, comes back within an attempt or goes over to another candidate', () => {
    const begun = [...FIRST, ...SECOND, weight(50, '2.0.0')];
    expect(violations(...begun, weight(10, '2.0.0'))).toEqual([expect.stringContaining('the share fell from 50% to 10%')]);
    expect(violations(...begun, weight(0, '2.0.0'), weight(10, '2.0.0'))).toEqual([expect.stringContaining('grew again within one attempt')]);
    expect(violations(...begun, weight(50, '3.0.0'))).toEqual([expect.stringContaining('from one candidate to another')]);
  });

  it('names a Service that the operator leads back to pods that Argo Rollouts had led it away from', () => {
    const leads = (hash: string, username = OPERATOR) => ({ user: { username }, objectRef: ref('services', 'books'), requestObject: { spec: { selector: { 'rollouts-pod-template-hash': hash } } } });
    expect(violations(leads('old', ARGO), leads('old'), leads('new', ARGO), leads('new'))).toEqual([]);
    expect(violations(leads('old', ARGO), leads('new', ARGO), leads('old'))).toEqual([expect.stringContaining('shop/books was pointed back at the pods old')]);
    const sentBefore = { ...leads('old'), requestReceivedTimestamp: time(0) };
    expect(violations(leads('old', ARGO), leads('new', ARGO), sentBefore)).toEqual([]);
    expect(violations(leads('new', ARGO), { ...leads('new', ARGO), verb: 'delete' }, leads('old'))).toEqual([]);
  });

  it('lets Argo Rollouts take a share from a version whose pods are gone, and give back no more than that', () => {
    const pods = (availableReplicas: number) => ({
      verb: 'update',
      user: { username: 'system:kube-controller-manager' },
      objectRef: ref('replicasets', 'books-abc', 'status'),
      requestObject: { spec: { template: { metadata: { annotations: { 'recommender.dev/digest': digestOf('2.0.0') } } } }, status: { availableReplicas } },
    });
    const died = [...FIRST, ...SECOND, pods(1), weight(10, '2.0.0'), pods(0), weight(0, '2.0.0'), pods(1)];
    expect(violations(...died, weight(10, '2.0.0'))).toEqual([]);
    expect(violations(...died, weight(50, '2.0.0'))).toEqual([expect.stringContaining('grew again within one attempt')]);
  });

  it('lets a way back lead from a candidate to a champion of before', () => {
    const before = [registered('0.9.0'), recorded('0.9.0', ...VALIDATED, decision('Challenger', 'Champion'), decision('Champion', 'Retired'))];
    expect(violations(...before, ...FIRST, ...SECOND, weight(10, '2.0.0'), weight(100, '0.9.0'))).toEqual([]);
  });

  it('lets a rejected version come back in another attempt', () => {
    const rejected = [...VALIDATED, decision('Challenger', 'Rejected')];
    const again = [...rejected, decision('Rejected', 'Candidate', { act: 'retry 2.0.0 x' }), decision('Candidate', 'Validating'), decision('Validating', 'Challenger', { at: time(30) })];
    expect(violations(...FIRST, ...SECOND, weight(10, '2.0.0'), weight(0, '2.0.0'), recorded('2.0.0', ...rejected), recorded('2.0.0', ...again), weight(10, '2.0.0'))).toEqual([]);
  });

  it('takes a shadow and what follows for one attempt', () => {
    const shadow = [decision('None', 'Validating'), decision('Validating', 'Shadow')];
    const among = [...shadow, decision('Shadow', 'Challenger', { at: time(30) })];
    const begun = [...FIRST, registered('2.0.0'), recorded('2.0.0', ...shadow), rollout('2.0.0', STEPS), weight(10, '2.0.0'), recorded('2.0.0', ...among)];
    expect(violations(...begun, recorded('2.0.0', ...among, decision('Challenger', 'Champion', PASS)))).toEqual([]);
    expect(violations(...begun, weight(0, '2.0.0'), weight(10, '2.0.0'))).toEqual([expect.stringContaining('grew again within one attempt')]);
  });

  it('does not take a share that ingress-nginx is told of for that of an earlier candidate', () => {
    const earlier = [...FIRST, ...SECOND, weight(50, '2.0.0'), recorded('2.0.0', ...VALIDATED, decision('Challenger', 'Rejected')), weight(0, '2.0.0')];
    expect(violations(...earlier, forNginx(0), forNginx(20), forNginx(50), forNginx(0), forNginx(20))).toEqual([]);
    expect(violations(...earlier, forNginx(0), forNginx(50), forNginx(20))).toEqual([expect.stringContaining('the share fell from 50% to 20%')]);
  });

  it('wants a decision for every share that was taken away', () => {
    expect(violations(...FIRST, ...SECOND, weight(10, '2.0.0'), weight(0, '2.0.0'))).toEqual([expect.stringContaining('no decision says why')]);
  });

  const promotion = (more: Partial<DecisionRecord>) => recorded('2.0.0', ...VALIDATED, decision('Challenger', 'Champion', more));

  it.each<[string, Partial<DecisionRecord>]>([
    ['without any evidence', { rule: 'GatesPassed' }],
    ['though a metric failed', { ...PASS, evidence: [{ metric: 'error-rate', verdict: 'Fail' }, ...PASS.evidence] }],
    ['while all metrics waited', { ...PASS, evidence: [{ metric: 'requests', verdict: 'Wait' }] }],
    ['by a guardrail alone, while too few requests were counted', { ...PASS, evidence: [{ metric: 'inference-errors', verdict: 'Pass' }, { metric: 'requests', verdict: 'Wait' }] }],
    ['whose record names no rule', { evidence: PASS.evidence }],
    ['of which the operator says that it found no passed gate', { ...PASS, rule: 'PromotedInArgoRollouts' }],
  ])('names a promotion %s', (_, more) => {
    expect(violations(...FIRST, ...SECOND, promotion(more))).toEqual([expect.stringContaining('without a pass')]);
  });

  it('takes for a pass that somebody wrote the status of the Rollout in this attempt, where that is what the operator supposes', () => {
    const letGo = { objectRef: ref('rollouts', 'books', 'status'), user: { username: 'somebody' } };
    const inArgo = promotion({ rule: 'PromotedInArgoRollouts' });
    expect(violations(...FIRST, ...SECOND, letGo, inArgo)).toEqual([]);
    expect(violations(...FIRST, ...SECOND, letGo, promotion({ rule: 'GatesPassed' }))).toEqual([expect.stringContaining('without a pass')]);
    expect(violations(...FIRST, ...SECOND, { ...letGo, user: { username: ARGO } }, inArgo)).toEqual([expect.stringContaining('without a pass')]);
    const later = recorded('2.0.0', decision('None', 'Validating'), decision('Validating', 'Challenger', { at: time(30) }), decision('Challenger', 'Champion', { at: time(40), rule: 'PromotedInArgoRollouts' }));
    expect(violations(...FIRST, registered('2.0.0'), letGo, later)).toEqual([expect.stringContaining('without a pass')]);
  });

  it.each(['Canary', 'BlueGreen', 'Shadow'] as const)('reads what the operator records of a promotion by %s: by its gates, and without', (strategy) => {
    const [situation] = DECISIONS.GatesPassed;
    const { spec } = situation.model;
    const wish = { ...situation.model, spec: { ...spec, delivery: { ...spec.delivery, strategy } } };
    const lastGate = String(stepsOf(wish).findLastIndex(({ part }) => part === 'Gate'));
    const promoted = (stepIndex: string) => {
      const { versions } = plan({ ...situation, model: wish, runs: [measured(NUMBERS, { 'step-index': stepIndex })] }, CONFIG, NOW);
      return promotion(versions.find((each) => each.spec.version === '2.0.0')?.status?.decisions?.[0] ?? {});
    };
    expect(violations(...FIRST, ...SECOND, promoted(lastGate))).toEqual([]);
    expect(violations(...FIRST, ...SECOND, promoted('0'))).toEqual([expect.stringContaining('by the rule PromotedInArgoRollouts without a pass')]);
  });

  it('takes the act of a person for a pass, and names an act that was carried out twice', () => {
    const promote = decision('Challenger', 'Challenger', { act: 'promote 2.0.0 x urgent' });
    const champion = decision('Challenger', 'Champion');
    expect(violations(...FIRST, ...SECOND, recorded('2.0.0', ...VALIDATED, promote, champion))).toEqual([]);
    expect(violations(...FIRST, ...SECOND, recorded('2.0.0', ...VALIDATED, promote, { ...promote, at: time(9) }))).toEqual([expect.stringContaining('carried out twice')]);
  });

  it('names a decision that does not follow from the one before, and a record that lost one', () => {
    expect(violations(...SECOND, recorded('2.0.0', ...VALIDATED, decision('Validating', 'Challenger', { at: time(9) })))).toEqual([expect.stringContaining('but it was Challenger')]);
    expect(violations(...SECOND, recorded('2.0.0', decision('Challenger', 'Rejected')))).toEqual([expect.stringContaining('lost its decision')]);
  });

  it('names a Rollout that runs what is not proven', () => {
    expect(violations(...FIRST, ...SECOND, rollout('2.0.0'))).toEqual([expect.stringContaining('for everyone, which is not proven for that (2.0.0: Challenger)')]);
    expect(violations(...FIRST, rollout('1.0.0', STEPS))).toEqual([]);
    expect(violations(...FIRST, registered('2.0.0'), rollout('2.0.0', STEPS))).toEqual([expect.stringContaining('by steps, which is not proven for that (2.0.0: None)')]);
  });

  describe.each([
    ['shop/books-books-canary (Ingress)', forNginx],
    ['shop/books (VirtualService)', inMesh],
  ])('of the weights on %s', (carrier, share) => {
    const edit = (weight: number) => share(weight, 'somebody');
    const { objectRef } = share(0);

    it('finds nothing wrong while they grow, and fall to nothing', () => {
      expect(replay(log(share(0), share(20), share(50), share(100), share(0), share(20)))).toMatchObject({ violations: [], counts: { weights: 5 } });
    });

    it('names one that shrinks, but when the Rollout was edited or the object is another', () => {
      expect(violations(share(50), share(20))).toEqual([expect.stringContaining(`${carrier}: the share fell from 50% to 20%`)]);
      expect(violations(share(50), { objectRef: ref('rollouts', 'books'), user: { username: 'somebody' }, requestObject: {} }, share(20))).toEqual([]);
      expect(violations(share(50), { objectRef, verb: 'delete' }, share(20))).toEqual([]);
      expect(violations(share(50), { objectRef: ref('rollouts', 'books'), verb: 'delete' }, share(20))).toEqual([]);
    });

    it('wants one that somebody wrote put back, and soon', () => {
      expect(replay(log(share(20), edit(70), share(20), share(50)))).toMatchObject({ violations: [], counts: { edits: 1, weights: 2 } });
      expect(violations(share(20), edit(70))).toEqual([expect.stringContaining(`${carrier}: a share was written by hand and never put back`)]);
      expect(violations(share(20), edit(70), { ...share(20), stageTimestamp: time(30) })).toEqual([expect.stringContaining('stood for 29 s')]);
    });

    it('takes for no edit what somebody writes with the weight as it is', () => {
      expect(replay(log(edit(0), share(20), edit(20), edit(70), edit(20)))).toMatchObject({ violations: [], counts: { edits: 1 } });
    });
  });

  it('keeps a VirtualService apart from an Ingress of its name', () => {
    expect(violations(inMesh(50), { objectRef: ref('ingresses', 'books'), verb: 'delete' }, inMesh(20))).toEqual([expect.stringContaining('the share fell')]);
  });

  it('names who writes without the lease, and bears an answer that comes after it was lost', () => {
    expect(violations(lease('a'), lease('b'), registered('1.0.0'))).toEqual([expect.stringContaining('a wrote modelversions shop/books-1.0.0 while b held the lease')]);
    expect(violations(lease('a'), lease(''), registered('1.0.0'))).toEqual([expect.stringContaining('while nobody held the lease')]);
    expect(violations(lease('a'), lease('b'), { ...registered('1.0.0'), requestReceivedTimestamp: time(0) })).toEqual([]);
  });

  it('wants a share that somebody wrote by hand put back, and soon', () => {
    const begun = [...FIRST, ...SECOND, weight(10, '2.0.0')];
    const byHand = { ...weight(100, '2.0.0'), user: { username: 'somebody' } };
    expect(replay(log(...begun, byHand, weight(10, '2.0.0'), weight(50, '2.0.0')))).toMatchObject({ violations: [], counts: { edits: 1, weights: 2 } });
    expect(violations(...begun, byHand)).toEqual([expect.stringContaining('never put back')]);
    const late = { ...weight(10, '2.0.0'), stageTimestamp: time(30) };
    expect(violations(...begun, byHand, late)).toEqual([expect.stringContaining('stood for 25 s')]);
  });

  it('lets a Rollout that somebody edited start over', () => {
    const edit = { objectRef: ref('rollouts', 'books'), user: { username: 'somebody' }, requestObject: { spec: { strategy: { canary: { steps: [{ setWeight: 100 }] } } } } };
    expect(violations(...FIRST, ...SECOND, weight(50, '2.0.0'), edit, weight(0, '2.0.0'), weight(10, '2.0.0'))).toEqual([]);
  });

  it('leaves out what failed, what was only read, and a line that is not complete yet', () => {
    expect(violations(...FIRST, ...SECOND, { ...rollout('2.0.0'), responseStatus: { code: 409 } }, { ...rollout('2.0.0'), verb: 'get' })).toEqual([]);
    expect(parseLog('{"verb":"get"}\n{"verb":')).toHaveLength(1);
  });
});
