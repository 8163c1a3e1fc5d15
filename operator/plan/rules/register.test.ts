import { describe, expect, it } from '@jest/globals';
import type { DecisionRecord, ModelVersion } from '../../api/model.ts';
import { actAnnotation, type ActName } from '../../api/names.ts';
import { CONFIG, model, NOW, observed, rollout, validation, version } from '../../testing/builders.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { plan } from '../plan.ts';
import { approvalsOf, pauseOf } from '../state/acts.ts';
import type { Transition } from '../state/decision.ts';
import { attemptAt, startsAttempt } from '../state/snapshot.ts';
import { afterTransition } from './register.ts';

const passed: DecisionRecord = { at: '2026-03-01T10:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' };
const challenger = version('2.0.0', 'Challenger', { decisions: [passed] });
const acted = (to: ModelVersion, name: ActName, token: string): ModelVersion => {
  const transition: Transition = { version: to, to: 'Challenger', rule: 'PausedByHand', what: 'was acted on', then: 'So it is.', by: 'ann', act: { name, text: `2.0.0 ${token}` } };
  return afterTransition(transition, '2026-03-01T12:00:00Z', []);
};
const pausedOften = (from: ModelVersion, times: number): ModelVersion =>
  Array.from({ length: times }).reduce<ModelVersion>((each, _, n) => acted(acted(each, 'pause', `p${String(n)}`), 'resume', `r${String(n)}`), from);

describe('the record of a version that is acted on often', () => {
  it('keeps approval and beginning of the attempt, and holds 20 decisions at most', () => {
    const often = pausedOften(acted(challenger, 'approve', 'a'), 20);
    expect(often.status?.decisions).toHaveLength(20);
    expect([approvalsOf(often), attemptAt(often)]).toEqual([1, attemptAt(challenger)]);
  });

  it('keeps the pause that holds the version', () => {
    const held = acted(pausedOften(challenger, 20), 'pause', 'held');
    const approved = Array.from({ length: 3 }).reduce<ModelVersion>((each, _, n) => acted(each, 'approve', `a${String(n)}`), held);
    expect(pauseOf(approved)?.act).toBe('pause 2.0.0 held');
  });

  it('never drops what was just recorded', () => {
    const changes = Array.from({ length: 20 }, (): DecisionRecord => ({ ...passed, to: 'Rejected' }));
    const full = version('2.0.0', 'Challenger', { decisions: [passed, ...changes.slice(1)] });
    expect(acted(full, 'approve', 'a').status?.decisions?.[0]?.act).toBe('approve 2.0.0 a');
  });

  it('forgets what changed no stage in an earlier attempt before what did', () => {
    const before: DecisionRecord = { ...passed, at: '2026-02-01T10:00:00Z', from: 'Challenger', act: 'approve 2.0.0 old' };
    const earlier = [before, ...Array.from({ length: 18 }, (): DecisionRecord => ({ ...passed, to: 'Rejected' }))];
    const full = version('2.0.0', 'Challenger', { decisions: [passed, ...earlier] });
    const { decisions = [] } = acted(full, 'approve', 'new').status ?? {};
    expect([decisions.some(({ act }) => act === 'approve 2.0.0 old'), decisions.filter(startsAttempt)]).toEqual([false, [passed]]);
  });
});

describe('two decisions about one version in one plan', () => {
  it('are both on record: an abandoned candidate that everyone returns to', () => {
    const back = version('1.0.0', 'Challenger', { championSince: '2026-01-01T00:00:00Z', decisions: [passed] });
    const desired = model('3.0.0', { annotations: { [actAnnotation('rollback')]: '1.0.0 a' } });
    const proven = validation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' });
    const situation = observed(desired, { versions: [back, version('2.0.0', 'Champion'), version('3.0.0')], rollout: rollout('1.0.0', { stable: '2.0.0' }), ...proven });
    const result = plan(situation, CONFIG, NOW);
    expectInvariants(situation, result);
    const written = result.versions.filter(({ spec }) => spec.version === '1.0.0');
    expect(written.map(({ status }) => status?.stage)).toEqual(['Champion']);
    expect(written[0]?.status?.decisions?.map(({ from, to, rule }) => [from, to, rule])).toEqual([
      ['Candidate', 'Champion', 'RolledBackByHand'],
      ['Challenger', 'Candidate', 'WishMovedOn'],
      ['Validating', 'Challenger', undefined],
    ]);
  });
});
