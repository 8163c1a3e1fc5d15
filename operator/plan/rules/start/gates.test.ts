import { describe, expect, it } from '@jest/globals';
import type { ModelVersion, RecommenderModel, Stage } from '../../../api/model.ts';
import { actAnnotation, ANNOTATIONS } from '../../../api/names.ts';
import { candidateRollout, CONFIG, digestOf, model, NOW, observed, rollout, version } from '../../../testing/builders.ts';
import { expectInvariants } from '../../../testing/invariants.ts';
import { type Plan, plan } from '../../plan.ts';
import type { Observed } from '../../state/observed.ts';

type Delivery = RecommenderModel['spec']['delivery'];

const champion = version('1.0.0', 'Champion');
const passed = { at: '2026-03-01T10:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' };
const approved = { at: '2026-03-01T11:00:00Z', from: 'Challenger', to: 'Challenger', by: 'ann', reason: 'Approved by ann.', act: 'approve 2.0.0 a' };
const challenger = (approvals = 0) => version('2.0.0', 'Challenger', { decisions: [...Array<typeof approved>(approvals).fill(approved), passed] });

function desired(delivery: Partial<Delivery>, approve?: string): RecommenderModel {
  const annotations: Record<string, string> = approve === undefined ? {} : { [actAnnotation('approve')]: approve };
  return model('2.0.0', { spec: { delivery: { ...model('2.0.0').spec.delivery, ...delivery } }, annotations });
}

function planned(situation: Observed): Plan {
  const result = plan(situation, CONFIG, NOW);
  expectInvariants(situation, result);
  return result;
}

const runs = ({ objects }: Plan) => {
  const found = objects.find(({ kind }) => kind === 'Rollout') as { spec: { template: { metadata: { annotations: Record<string, string> } } } } | undefined;
  return found?.spec.template.metadata.annotations[ANNOTATIONS.version];
};

const approval = ({ status }: Plan) => status.conditions?.find(({ type }) => type === 'Approved')?.status;

describe('manual approval', () => {
  const manual = { approval: 'Manual' } as const;
  const beside = { versions: [champion, challenger()], rollout: rollout('1.0.0') };

  it('is awaited before the first user, by a sentence that says how to give it', () => {
    const result = planned(observed(desired(manual), beside));
    expect([runs(result), result.status.phase, approval(result)]).toEqual(['1.0.0', 'AwaitingApproval', 'False']);
    expect(result.status.message).toContain('recommender.dev/approve="2.0.0 TOKEN REASON"');
  });

  it('once given lets the version start, with a pause after its last step', () => {
    const given = planned(observed(desired(manual, '2.0.0 a fine'), beside));
    expect(given.versions[0]?.status?.decisions?.[0]).toMatchObject({ act: 'approve 2.0.0 a fine', from: 'Challenger', to: 'Challenger' });
    const started = planned(observed(desired(manual), { ...beside, versions: [champion, challenger(1)] }));
    expect([runs(started), approval(started)]).toEqual(['2.0.0', 'True']);
    expect(JSON.stringify(started.objects.at(-1))).toContain('{"pause":{}}');
  });

  it('for the first users does not count for everyone', () => {
    const atEnd = candidateRollout(desired(manual), { phase: 'Paused', currentStepIndex: 6, pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '2026-03-01T11:30:00Z' }] });
    const held = planned(observed(desired(manual), { versions: [champion, challenger(1)], rollout: atEnd }));
    expect([held.status.phase, held.patches, approval(held)]).toEqual(['AwaitingApproval', [], 'False']);
    expect(held.status.message).toContain('2.0.0 passed every step and awaits approval to serve everyone');
    const goesOn = [{ body: { status: { pauseConditions: null } }, subresource: 'status' }];
    expect(planned(observed(desired(manual), { versions: [champion, challenger(2)], rollout: atEnd })).patches).toEqual(goesOn);
  });

  it.each([
    ['before validation has passed', { versions: [champion, version('2.0.0', 'Validating')], rollout: rollout('1.0.0') }, 'is not waiting for approval'],
    ['in the middle of the steps', { versions: [champion, challenger(1)], rollout: rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1 }) }, 'is not waiting for approval at this point'],
    ['too late', { versions: [version('1.0.0', 'Retired'), version('2.0.0', 'Champion')], rollout: rollout('2.0.0') }, 'is not waiting for approval'],
  ])('that comes %s approves nothing', (_, situation, why) => {
    const result = planned(observed(desired(manual, '2.0.0 b'), situation));
    expect(result.versions).toEqual([]);
    expect(result.status.lastAct?.message).toContain(why);
  });
});

describe('a version that has to be proven elsewhere', () => {
  const requires = { requires: [{ namespace: 'staging', name: 'books', championFor: '1h' }] };
  const beside = { versions: [champion, challenger()], rollout: rollout('1.0.0') };
  const there = (since: string, stage: 'Champion' | 'RolledBack' | 'Retired' = 'Champion', left?: string) => {
    const became = { at: since, from: 'Challenger', to: 'Champion', by: 'x', reason: 'x.' };
    const ended = left === undefined ? [] : [{ at: left, from: 'Champion', to: stage, by: 'x', reason: 'x.' }];
    const record = version('2.0.0', stage, { championSince: since, decisions: [...ended, became] });
    return [{ ...record, metadata: { ...record.metadata, namespace: 'staging' } }];
  };

  const onItsWay = { ...version('2.0.0', 'Challenger'), metadata: { ...version('2.0.0').metadata, namespace: 'staging' } };
  const registered = { ...version('2.0.0', 'Candidate'), metadata: onItsWay.metadata };

  it.each([
    ['is not known there', [], 'it is not known there, or the operator does not watch that namespace; release it there'],
    ['has not served there', [registered], 'it is not serving there; release it there'],
    ['is on its way there', [onItsWay], 'it is being released there'],
    ['has been champion for too short', there('2026-03-01T11:30:00Z'), 'it is champion there and will have served for the required time at 2026-03-01 12:30:00 UTC'],
    ['was rolled back there', there('2026-01-01T00:00:00Z', 'RolledBack', '2026-02-01T00:00:00Z'), 'it was rejected or rolled back there; release it there again with the annotation recommender.dev/retry'],
    ['left too early', there('2026-02-01T00:00:00Z', 'Retired', '2026-02-01T00:10:00Z'), 'it is no longer champion there and did not serve for the required time; release it there again'],
  ])('waits while it %s, by a sentence that says how it goes on', (_, required, why) => {
    const result = planned(observed(desired(requires), { ...beside, required }));
    expect([runs(result), result.status.phase]).toEqual(['1.0.0', 'Pending']);
    expect(result.status.message).toBe(`2.0.0 waits until its digest has been champion of staging/books for 1h: ${why}.`);
    expect(result.requeueAfterMs).toBe(15_000);
  });

  it.each([
    ['is champion there', there('2026-03-01T11:00:00Z')],
    ['was champion there before the next one', there('2026-02-01T00:00:00Z', 'Retired', '2026-02-01T01:00:00Z')],
  ])('starts once it %s for long enough', (_, required) => {
    expect(runs(planned(observed(desired(requires), { ...beside, required })))).toBe('2.0.0');
  });
});

describe('a digest that is on record elsewhere under two numbers', () => {
  const desiredVersion = desired({ requires: [{ namespace: 'staging', name: 'books', championFor: '1h' }] });
  const there = (number: string, stage: Stage, championSince: string) => {
    const record = version(number, stage, { championSince });
    return { ...record, metadata: { ...record.metadata, namespace: 'staging' }, spec: { ...record.spec, digest: digestOf('2.0.0') } };
  };
  const beside = (...required: ModelVersion[]) => planned(observed(desiredVersion, { versions: [champion, challenger()], rollout: rollout('1.0.0'), required }));
  const waiting = there('2.0.0-rc.1', 'Candidate', '');

  it('is proven by the one that was champion, whichever is read first', () => {
    const proven = there('2.0.0', 'Champion', '2026-02-01T00:00:00Z');
    expect([runs(beside(waiting, proven)), runs(beside(proven, waiting))]).toEqual(['2.0.0', '2.0.0']);
  });

  it('is not proven when it was given up under one of them', () => {
    const result = beside(there('2.0.0', 'Champion', '2026-02-01T00:00:00Z'), there('2.0.0-rc.1', 'RolledBack', '2026-01-01T00:00:00Z'));
    expect([runs(result), result.status.message]).toEqual(['1.0.0', expect.stringContaining('it was rejected or rolled back there')]);
  });

  it('is not proven by the time after which it was given up, though it gets another try there', () => {
    const record = (at: string, from: Stage, to: Stage) => ({ at, from, to, by: 'x', reason: 'x.' });
    const decisions = [record('2026-02-02T00:00:00Z', 'RolledBack', 'Candidate'), record('2026-02-01T12:00:00Z', 'Champion', 'RolledBack'), record('2026-02-01T00:00:00Z', 'Challenger', 'Champion')];
    const again = there('2.0.0', 'Candidate', '2026-02-01T00:00:00Z');
    expect(runs(beside({ ...again, status: { ...again.status, decisions } }))).toBe('1.0.0');
  });

  it('says when it will be, and looks again then', () => {
    const result = beside(waiting, there('2.0.0', 'Champion', '2026-03-01T11:00:10Z'));
    expect(result.status.message).toBe(
      '2.0.0 waits until its digest has been champion of staging/books for 1h: it is champion there and will have served for the required time at 2026-03-01 12:00:10 UTC.',
    );
    expect(result.requeueAfterMs).toBe(10_000);
  });
});

describe('a window in which nothing new starts', () => {
  const freeze = { freeze: [{ from: '2026-03-01T11:00:00Z', to: '2026-03-01T18:00:00Z', timeZone: 'UTC' }] };

  it('holds a version that has not started until it ends', () => {
    const result = planned(observed(desired(freeze), { versions: [champion, challenger()], rollout: rollout('1.0.0') }));
    expect([runs(result), result.requeueAfterMs]).toEqual(['1.0.0', 6 * 3_600_000]);
    expect(result.status.message).toContain('until 2026-03-01 18:00 UTC');
  });

  it('does not touch a version on its way, nor the way back', () => {
    const moving = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1 });
    expect(planned(observed(desired(freeze), { versions: [champion, challenger()], rollout: moving })).status.phase).toBe('Canary');
    const rejected = planned(observed(desired(freeze), { versions: [champion, version('2.0.0', 'Rejected')], rollout: moving }));
    expect(runs(rejected)).toBe('1.0.0');
  });

  it('does not hold what served everyone before and is set back to, unless it was given up then', () => {
    const became = { at: '2026-01-01T10:00:00Z', from: 'Challenger', to: 'Champion', by: 'x', reason: 'x.' };
    const left = (to: 'Retired' | 'RolledBack') => ({ ...became, at: '2026-02-01T10:00:00Z', from: 'Champion', to });
    const former = (to: 'Retired' | 'RolledBack') => version('2.0.0', 'Challenger', { decisions: [passed, left(to), became] });
    const backTo = (to: 'Retired' | 'RolledBack') => runs(planned(observed(desired(freeze), { versions: [champion, former(to)], rollout: rollout('1.0.0') })));
    expect([backTo('Retired'), backTo('RolledBack')]).toEqual(['2.0.0', '1.0.0']);
  });

  it('by a schedule that cannot be read holds and says what to correct', () => {
    const wrong = { freeze: [{ schedule: '0 17 * * Fri', duration: '1h', timeZone: 'Mars/Base' }] };
    const result = planned(observed(desired(wrong), { versions: [champion, challenger()], rollout: rollout('1.0.0') }));
    expect(runs(result)).toBe('1.0.0');
    expect(result.status.message).toBe('2.0.0 is waiting because delivery.freeze is invalid: "Mars/Base" is not a time zone such as Europe/Berlin. Correct it.');
  });
});
