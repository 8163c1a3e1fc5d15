import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ModelVersion, Notice, Notification, RecommenderModel } from '../../api/model.ts';
import { actAnnotation, type ActName } from '../../api/names.ts';
import { CONFIG, model, NOW, observed, rollout, validation, version } from '../../testing/builders.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { type Plan, plan } from '../plan.ts';
import type { Delivery, Observed } from '../state/observed.ts';
import { stepsOf } from '../state/steps.ts';
import { nextTryAt, webhookId } from './outbox.ts';

const A = 'https://hooks.example/a';
const B = 'https://hooks.example/b';
const hook = (url: string, more: Partial<Notification> = {}): Notification => ({ webhook: { url }, format: 'Json', ...more });
const champion = version('1.0.0', 'Champion');
const record = (at: string, rule: string, from: string, to: string) => ({ at, from, to, by: 'x', rule, reason: `2.0.0 ${rule}. So.` }) as NonNullable<NonNullable<ModelVersion['status']>['decisions']>[number];
const passed = record('2026-02-28T10:00:00Z', 'ValidationPassed', 'Validating', 'Challenger');
const moving = (index: number, weight: number) => rollout('2.0.0', { stable: '1.0.0', currentStepIndex: index, canary: { weights: { canary: { weight } } } });

const desired = (notifications: Notification[], more: Parameters<typeof model>[1] = {}): RecommenderModel =>
  model('2.0.0', { ...more, spec: { notifications, ...more.spec } });

function planned(situation: Observed, now = NOW): Plan {
  const result = plan(situation, CONFIG, now);
  expectInvariants(situation, result);
  return result;
}

const pending = ({ status }: Plan): Notice[] => status.notifications?.pending ?? [];
const events = (result: Plan): string[] => pending(result).map(({ event }) => event);
/** The same situation with the status that was written. */
const after = (situation: Observed, { status }: Plan, more: Partial<Observed> = {}): Observed => ({ ...situation, model: { ...situation.model, status }, deliveries: [], ...more });
const delivered = ({ id, webhook, attempts = 0 }: Notice, error?: string): Delivery => ({ id, webhook, attempt: attempts + 1, at: '2026-03-01T12:00:00Z', ...(error ? { error } : {}) });

const taken = observed(desired([hook(A)]), { versions: [champion, version('2.0.0')], rollout: rollout('1.0.0') });

describe('the outbox', () => {
  it('takes a decision up as it is made, once, with the words of its record', () => {
    const first = planned(taken);
    expect(pending(first)).toEqual([expect.objectContaining({ event: 'Started', version: '2.0.0', rule: 'ValidationStarted', webhook: webhookId({ url: A }), at: '2026-03-01T12:00:00Z' })]);
    expect(pending(first)[0]?.text).toBe(first.versions[0]?.status?.decisions?.[0]?.reason);
    const second = planned(after(taken, first, { versions: [champion, ...first.versions] }), NOW + 1000);
    expect(second.status.notifications).toEqual(first.status.notifications);
  });

  it('finds on record what an operator decided that ended before it could write the status', () => {
    const before = planned(observed(desired([hook(A)]), { versions: [champion, version('2.0.0', 'Validating')], rollout: rollout('1.0.0') }), NOW - 60_000);
    const rejected = version('2.0.0', 'Rejected', { decisions: [record('2026-03-01T11:59:30Z', 'ValidationFailed', 'Validating', 'Rejected'), passed] });
    expect(events(planned(after(taken, before, { versions: [champion, rejected] })))).toEqual(['Rejected']);
  });

  it('tells nothing of what was decided before there were webhooks', () => {
    const old = version('2.0.0', 'Rejected', { decisions: [record('2026-02-28T11:00:00Z', 'GuardrailViolated', 'Challenger', 'Rejected'), passed] });
    expect(events(planned(observed(desired([hook(A)]), { versions: [champion, old], rollout: rollout('1.0.0') })))).toEqual([]);
  });

  it('has no place in a model without webhooks', () => {
    expect(planned(observed(model('2.0.0'), { versions: [champion, version('2.0.0')], rollout: rollout('1.0.0') })).status).not.toHaveProperty('notifications');
  });

  it('asks each webhook which events it wants', () => {
    const both = desired([hook(A, { events: ['Promoted'] }), hook(B, { events: ['Started', 'Rejected'] })]);
    expect(pending(planned({ ...taken, model: both })).map(({ webhook }) => webhook)).toEqual([webhookId({ url: B })]);
  });

  it('tells each step once, when it has its users', () => {
    const candidate = version('2.0.0', 'Challenger', { decisions: [passed] });
    const at = (index: number, weight: number) => observed(desired([hook(A)]), { versions: [champion, candidate], rollout: moving(index, weight) });
    const starting = planned(at(0, 0));
    const first = planned(after(at(1, 10), starting));
    const still = planned(after(at(2, 10), first), NOW + 3_600_000);
    const second = planned(after(at(4, 50), still), NOW + 3_700_000);
    expect([events(starting), events(first), events(still), events(second)]).toEqual([[], ['Step'], ['Step'], ['Step', 'Step']]);
    expect(pending(second)[0]?.text).toContain('2.0.0 at 10% of users, step 1 of 2: holding');
  });

  it('tells that approval is awaited, and by what it is given', () => {
    const candidate = version('2.0.0', 'Challenger', { decisions: [passed] });
    const manual = { ...model('2.0.0').spec.delivery, approval: 'Manual' } as const;
    const result = planned(observed(desired([hook(A)], { spec: { delivery: manual } }), { versions: [champion, candidate], rollout: rollout('1.0.0') }));
    expect(pending(result)).toEqual([expect.objectContaining({ event: 'AwaitingApproval', text: expect.stringContaining('recommender.dev/approve') })]);
  });

  it('tells once that a first version awaits approval, beside which there is no champion', () => {
    const first = version('2.0.0', 'Challenger', { decisions: [passed] });
    const situation = observed(desired([hook(A)], { spec: { delivery: { ...model('2.0.0').spec.delivery, approval: 'Manual' } } }), { versions: [first] });
    const result = planned(situation);
    expect(pending(result)).toEqual([expect.objectContaining({ event: 'AwaitingApproval', version: '2.0.0', text: expect.stringContaining('recommender.dev/approve="2.0.0 TOKEN REASON"') })]);
    expect(planned(after(situation, result), NOW + 60_000).status.notifications).toEqual(result.status.notifications);
  });

  it('tells each pause that waits for a person: after the shadow, and before everyone', () => {
    const candidate = version('2.0.0', 'Challenger', { decisions: [record('2026-03-01T10:30:00Z', 'ApprovedByHand', 'Challenger', 'Challenger'), passed].map((each, index) => (index === 0 ? { ...each, act: 'approve 2.0.0 a' } : each)) });
    const { delivery } = model('2.0.0').spec;
    const spec = { delivery: { ...delivery, strategy: 'Shadow', shadow: { ...delivery.shadow, then: 'Stop' }, approval: 'Manual' } } as const;
    const steps = stepsOf(desired([hook(A)], { spec }));
    const pauses = steps.flatMap(({ part }, index) => (part === 'Approval' ? [index] : []));
    const at = (index: number, weight: number) => {
      const live = moving(index, weight);
      const paused = { ...live, spec: { ...live.spec, strategy: { canary: { steps: steps.map(({ argo }) => argo) } } }, status: { ...live.status, pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-03-01T11:00:00Z' }] } };
      return observed(desired([hook(A)], { spec }), { versions: [champion, candidate], rollout: paused });
    };
    const shadowed = planned(at(pauses[0] ?? 0, 0));
    const approved = version('2.0.0', 'Challenger', { decisions: [{ ...record('2026-03-01T11:30:00Z', 'ApprovedByHand', 'Challenger', 'Challenger'), act: 'approve 2.0.0 b' }, ...(candidate.status?.decisions ?? [])] });
    const last = planned(after(at(pauses[1] ?? 0, 50), shadowed, { versions: [champion, approved] }), NOW + 3_600_000);
    expect([pauses.length, events(shadowed), events(last)]).toEqual([2, ['AwaitingApproval'], ['AwaitingApproval', 'AwaitingApproval']]);
  });

  const onItsWay = version('2.0.0', 'Challenger', { decisions: [passed] });
  const paused = version('2.0.0', 'Challenger', { decisions: [{ ...record('2026-03-01T11:00:00Z', 'PausedByHand', 'Challenger', 'Challenger'), act: 'pause 2.0.0 a' }, passed] });
  const byHand = version('2.0.0', 'Challenger', { decisions: [{ ...record('2026-03-01T11:00:00Z', 'PromotedByHand', 'Challenger', 'Challenger'), act: 'promote 2.0.0 a' }, passed] });
  const before = version('1.0.0', 'Retired', { championSince: '2026-01-01T00:00:00Z', verified: true });
  const usable = validation('1.0.0', { result: 'Passed', reason: 'Valid', message: 'fine' });
  const ask = (act: ActName, text: string) => desired([hook(A)], { annotations: { [actAnnotation(act)]: text } });

  it.each([
    ['Promoted', 'It serves everyone in place of 1.0.0.', observed(desired([hook(A)]), { versions: [champion, onItsWay], rollout: rollout('2.0.0') })],
    ['Promoted', '2.0.0 serves everyone.', observed(desired([hook(A)]), { versions: [champion, byHand], rollout: rollout('2.0.0') })],
    ['Promoted', '2.0.0 is the first version', observed(desired([hook(A)]), { versions: [onItsWay], rollout: rollout('2.0.0') })],
    ['RolledBack', '1.0.0 is champion again, rolled back from 2.0.0', observed(ask('rollback', '1.0.0 b'), { versions: [before, version('2.0.0', 'Champion')], rollout: rollout('2.0.0'), ...usable })],
    ['Resumed', '2.0.0 was resumed at 10% of users', observed(ask('resume', '2.0.0 b'), { versions: [champion, paused], rollout: moving(1, 10) })],
  ])('tells of one that was %s in the words of its record: %s', (event, words, situation) => {
    const result = planned(situation);
    const [decision] = result.versions.find(({ spec }) => spec.version === '2.0.0')?.status?.decisions ?? [];
    expect(decision?.reason).toContain(words);
    expect(pending(result)).toEqual([expect.objectContaining({ event, version: '2.0.0', rule: decision?.rule, by: decision?.by, text: decision?.reason })]);
  });

  it('does not tell a step again after a pause that came long after it', () => {
    const candidate = version('2.0.0', 'Challenger', { decisions: [passed] });
    const there = observed(desired([hook(A)]), { versions: [champion, candidate], rollout: moving(1, 10) });
    const first = planned(there);
    const pause = { ...after(there, first).model, metadata: { ...there.model.metadata, annotations: { 'recommender.dev/pause': '2.0.0 a' } } };
    const paused = planned({ ...there, model: pause }, NOW + 1_200_000);
    const later = planned(after({ ...there, versions: [champion, ...paused.versions] }, paused), NOW + 1_201_000);
    expect([events(first), events(paused), events(later)]).toEqual([['Step'], ['Step', 'Paused'], ['Step', 'Paused']]);
  });

  it('tells of a decision although the clock was set back by ten minutes before it', () => {
    const old = { ...taken, model: desired([hook(A)], { status: { notifications: { since: '2026-03-01T10:00:00Z' } } }) };
    const first = planned(old);
    const rejected = version('2.0.0', 'Rejected', { decisions: [record('2026-03-01T11:50:10Z', 'ValidationFailed', 'Validating', 'Rejected'), passed] });
    expect(events(planned(after(old, first, { versions: [champion, rejected] }), NOW - 590_000))).toEqual(['Started', 'Rejected']);
  });

  it.each(['NothingToReturnTo', 'NoWayBack'])('tells that a champion fails and only a person can help: %s', (rule) => {
    const failing = version('1.0.0', 'Champion', { decisions: [record('2026-03-01T11:59:30Z', rule, 'Champion', 'Champion')] });
    const status = { notifications: { since: '2026-03-01T11:00:00Z' } };
    expect(events(planned({ ...taken, model: desired([hook(A)], { status }), versions: [failing, version('2.0.0', 'Validating')] }))).toEqual(['Failing']);
  });

  it('tells of one that was withdrawn with its group', () => {
    const taken = version('2.0.0', 'Candidate', { decisions: [record('2026-03-01T11:59:30Z', 'GroupFailed', 'Challenger', 'Candidate')] });
    const status = { notifications: { since: '2026-03-01T11:00:00Z' } };
    expect(events(planned(observed(desired([hook(A)], { status }), { versions: [champion, taken], rollout: rollout('1.0.0') })))).toEqual(['Abandoned', 'Started']);
  });

  it('lets go of what was accepted, and of a webhook that is not named any more', () => {
    const first = planned({ ...taken, model: desired([hook(A), hook(B)]) });
    const [toA] = pending(first);
    const versions = [champion, ...first.versions];
    const accepted = planned(after({ ...taken, model: desired([hook(A), hook(B)]) }, first, { versions, deliveries: [delivered(toA!)] }));
    expect(pending(accepted).map(({ webhook }) => webhook)).toEqual([webhookId({ url: B })]);
    const onlyA = { ...desired([hook(A)]), status: accepted.status };
    expect(events(planned({ ...taken, model: onlyA, versions }))).toEqual([]);
  });

  it('keeps what failed, says so in a condition, and comes back for it', () => {
    const first = planned(taken);
    const failed = planned(after(taken, first, { versions: [champion, ...first.versions], deliveries: [delivered(pending(first)[0]!, 'hooks.example answered 500.')] }));
    expect(pending(failed)).toEqual([expect.objectContaining({ id: pending(first)[0]?.id, attempts: 1, error: 'hooks.example answered 500.' })]);
    expect(failed.status.conditions).toContainEqual(expect.objectContaining({
      type: 'Notified', status: 'False', message: 'The Started notification for 2.0.0 could not be sent (1 attempt): hooks.example answered 500. It is retried for up to a day.',
    }));
    expect(failed.status.phase).toBe('Validating');
    expect(failed.requeueAfterMs).toBeLessThanOrEqual(2000);
  });

  it('waits as long as the receiver asks, and for ever for one that wants no calls any more', () => {
    const first = planned(taken);
    const failed = (notBefore: string) => planned(after(taken, first, { versions: [champion, ...first.versions], deliveries: [{ ...delivered(pending(first)[0]!, 'hooks.example answered 429.'), notBefore }] }));
    const [busy, gone] = ['2026-03-01T12:07:00Z', '2026-03-02T12:00:00Z'].map(failed);
    expect([busy, gone].map((each) => nextTryAt(pending(each!)[0]!) - NOW)).toEqual([420_000, 86_400_000]);
    const told = [busy, gone].map((each) => each?.status.conditions?.find(({ type }) => type === 'Notified')?.message);
    expect(told).toEqual([expect.stringMatching(/429\. It is retried for up to a day\.$/), expect.stringMatching(/429\.$/)]);
    const again = planned(after(taken, busy!, { versions: [champion, ...first.versions], deliveries: [delivered(pending(busy!)[0]!, 'no.')] }));
    expect(pending(again)[0]).not.toHaveProperty('notBefore');
  });

  it('counts an attempt once, however often its outcome is read', () => {
    const first = planned(taken);
    const deliveries = [delivered(pending(first)[0]!, 'no.')];
    const versions = [champion, ...first.versions];
    const once = planned(after(taken, first, { versions, deliveries }));
    expect(planned(after(taken, once, { versions, deliveries })).status).toEqual(once.status);
  });

  it('gives up after a day, and says how many', () => {
    const first = planned(taken);
    const late = planned(after(taken, first, { versions: [champion, ...first.versions] }), NOW + 86_400_000);
    expect(late.status.notifications).toMatchObject({ dropped: 1 });
    expect(events(late)).toEqual([]);
  });

  it('holds at most 50', () => {
    const many = Array.from({ length: 60 }, (_, index): Notice => ({ id: String(index), webhook: webhookId({ url: A }), event: 'Step', at: '2026-03-01T11:00:00Z', version: '1.0.0', text: 'x' }));
    const status = { notifications: { since: '2026-03-01T11:00:00Z', pending: many } };
    const { notifications } = planned({ ...taken, model: desired([hook(A)], { status }) }).status;
    expect([notifications?.pending?.length, notifications?.dropped]).toEqual([50, 11]);
  });
});

describe('another attempt', () => {
  it('comes within twice the time of the one before, at least after half of it, and within 10 min', () => {
    const tried = fc.record({ id: fc.string(), attempts: fc.integer({ min: 1, max: 1000 }) });
    fc.assert(fc.property(tried, ({ id, attempts }) => {
      const notice: Notice = { id, webhook: 'w', event: 'Step', at: '2026-03-01T11:00:00Z', version: '1.0.0', text: 'x', attempts, triedAt: '2026-03-01T12:00:00Z' };
      const full = Math.min(2000 * 2 ** (attempts - 1), 600_000);
      expect(nextTryAt(notice) - NOW).toBeGreaterThanOrEqual(full / 2);
      expect(nextTryAt(notice) - NOW).toBeLessThanOrEqual(full);
      expect(nextTryAt(notice)).toBe(nextTryAt({ ...notice }));
    }));
  });
});
