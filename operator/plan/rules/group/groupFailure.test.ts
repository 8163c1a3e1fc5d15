import { describe, expect, it } from '@jest/globals';
import type { DecisionRecord, ModelVersion } from '../../../api/model.ts';
import { rollout, validation, version } from '../../../testing/builders.ts';
import { candidate, champion, desired, FIRST, lost, on, PASSED, planned, PROMOTED, ranker, ready, record, rejected, REJECTED, STARTED } from '../../../testing/grouped.ts';
import type { Observed } from '../../state/observed.ts';

describe('a failure in a group', () => {
  const back = (peer: Observed, index = 5) => candidate(index, [peer], {}, { model: { ...desired('2.0.0'), status: { candidate: { version: '2.0.0', digest: desired('2.0.0').spec.release.digest, since: '', weight: 10 } } } });

  it.each([
    ['was rejected', rejected(REJECTED, STARTED, PASSED)],
    ['was aborted', rejected(record('11:20:00', 'Challenger', 'Rejected', { rule: 'AbortedByHand', act: 'abort 3.0.0 a' }), STARTED, PASSED)],
    ['was abandoned', ranker(desired('3.1.0'), { versions: [champion, version('3.1.0', 'Validating'), lost('3.0.0', record('11:20:00', 'Challenger', 'Candidate', { rule: 'WishMovedOn' }), STARTED, PASSED)] })],
    ['was rolled back', rejected(record('11:40:00', 'Champion', 'RolledBack', { rule: 'WatchViolated' }), PROMOTED, STARTED, PASSED)],
    ['was withdrawn', ranker(desired('3.0.0'), { versions: [champion, lost('3.0.0', record('11:20:00', 'Challenger', 'Candidate', { rule: 'GroupFailed' }), STARTED, PASSED)] })],
  ])('takes the others back, as what they were: 3.0.0 %s', (became, peer) => {
    const { versions, runs, decision, announcements } = back(peer);
    expect([runs, versions[0]?.status?.stage]).toEqual(['1.0.0', 'Candidate']);
    expect(decision).toMatchObject({ rule: 'GroupFailed', reason: `2.0.0 was withdrawn at 10% of users: ranker 3.0.0 of its group home ${became}. Its users went back to 1.0.0.` });
    expect(announcements).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'GroupFailed' }));
  });

  it('names the one that failed, and not those that go back with it', () => {
    const taken = lost('4.0.0', record('11:21:00', 'Challenger', 'Candidate', { rule: 'GroupFailed' }), STARTED, PASSED);
    const other = ranker(desired('4.0.0'), { versions: [champion, taken] });
    const innocent = { ...other, model: { ...other.model, metadata: { ...other.model.metadata, name: 'a-filter' } } };
    const { decision } = candidate(5, [innocent, rejected(REJECTED, STARTED, PASSED)]);
    expect(decision?.reason).toContain('ranker 3.0.0 of its group home was rejected');
  });

  it('in validation counts for those that would have waited for it', () => {
    const refused = rejected(record('11:20:00', 'Validating', 'Rejected', { rule: 'ValidationFailed' }));
    expect(candidate(FIRST, [refused]).decision?.rule).toBe('GroupFailed');
    expect(candidate(5, [refused]).decision).toBeUndefined();
  });

  it.each([
    ['was over before this one started', rejected(record('10:59:00', 'Challenger', 'Rejected'), STARTED, PASSED)],
    ['is a rollback by hand', rejected(record('11:40:00', 'Champion', 'RolledBack', { rule: 'RolledBackByHand' }), PROMOTED, STARTED, PASSED)],
    ['is of a version that had started outside of the group', rejected(REJECTED, PASSED)],
  ])('leaves the others alone where it %s', (_, peer) => {
    const late = version('2.0.0', 'Challenger', { decisions: [STARTED, PASSED] });
    const { decision, made } = candidate(5, [peer], {}, { versions: [champion, late] });
    expect([decision, made]).toEqual([undefined, undefined]);
  });

  it('leaves alone what a person promoted, and what Argo Rollouts has given up is judged for itself', () => {
    const failed = rejected(REJECTED, STARTED, PASSED);
    const promoted = version('2.0.0', 'Challenger', { decisions: [record('11:10:00', 'Challenger', 'Challenger', { act: 'promote 2.0.0 a', rule: 'PromotedByHand' }), STARTED, PASSED] });
    expect(candidate(5, [failed], {}, { versions: [champion, promoted] }).decision).toBeUndefined();
    const aborted = on(desired('2.0.0'), 0, { abort: true, phase: 'Degraded', message: 'RolloutAborted: Rollout aborted update to revision 2' });
    expect(candidate(5, [failed], {}, { rollout: aborted }).decision?.rule).toBe('AbortedInArgoRollouts');
  });

  it('is over for the one that was withdrawn: it is validated anew and starts with the next desired version of the other', () => {
    const taken = [record('11:20:01', 'Challenger', 'Candidate', { rule: 'GroupFailed' }), STARTED, PASSED];
    const failed = lost('3.0.0', REJECTED, STARTED, PASSED);
    const anew = planned(desired('2.0.0'), { versions: [champion, version('2.0.0', 'Candidate', { decisions: taken })], peers: [rejected(REJECTED, STARTED, PASSED)] });
    expect(anew.decision?.rule).toBe('ValidationStarted');
    const passed = version('2.0.0', 'Challenger', { decisions: [record('11:22:00', 'Validating', 'Challenger'), record('11:21:00', 'Candidate', 'Validating'), ...taken] });
    const next = ranker(desired('3.1.0'), { versions: [champion, failed, ready('3.1.0')] });
    expect(planned(desired('2.0.0'), { versions: [champion, passed], peers: [next] })).toMatchObject({ runs: '2.0.0', decision: { reason: '2.0.0 starts with its group home. It advances step by step together with ranker 3.1.0.' } });
  });
});

describe('a failure after the promotion', () => {
  const delivery = { after: { ...desired('2.0.0').spec.delivery.after, watchFor: '1h' } };
  const before = version('1.0.0', 'Retired', { decisions: [record('11:30:00', 'Champion', 'Retired')] });
  const now = (...decisions: DecisionRecord[]) => version('2.0.0', 'Champion', { championSince: '2026-03-01T11:30:00Z', decisions });
  const served = (peer: Observed, mine: ModelVersion = now(PROMOTED, STARTED, PASSED)) =>
    planned(desired('2.0.0', delivery), { versions: [before, mine], rollout: rollout('2.0.0'), peers: [peer], ...validation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' }) });
  const failed = rejected(record('11:40:00', 'Champion', 'RolledBack', { rule: 'WatchViolated' }), PROMOTED, STARTED, PASSED);

  it('takes a champion back that is still watched, by the way of a failed watch', () => {
    const { versions, runs, decision } = served(failed);
    expect([runs, decision?.rule, decision?.reason]).toEqual(['1.0.0', 'GroupFailed', '1.0.0 is champion again because 2.0.0 has to be rolled back with its group: ranker 3.0.0 of its group home was rolled back. Everyone returns to it.']);
    expect(versions.map(({ spec, status }) => [spec.version, status?.stage])).toEqual([['1.0.0', 'Champion'], ['2.0.0', 'RolledBack']]);
  });

  it('leaves one alone that a person promoted, whose watch is over, or that is beside a later release', () => {
    const byHand = record('11:20:00', 'Challenger', 'Challenger', { rule: 'PromotedByHand', act: 'promote 2.0.0 a' });
    expect(served(failed, now(PROMOTED, byHand, STARTED, PASSED)).runs).toBe('2.0.0');
    expect(served(failed, now(record('11:50:00', 'Champion', 'Champion', { rule: 'WatchKept' }), PROMOTED, STARTED, PASSED)).runs).toBe('2.0.0');
    const later = rejected(record('11:50:00', 'Challenger', 'Rejected'), { ...STARTED, at: '2026-03-01T11:45:00Z' }, PASSED);
    expect(served(later).runs).toBe('2.0.0');
  });
});
