import { describe, expect, it } from '@jest/globals';
import type { ModelVersion, Stage } from '../../api/model.ts';
import { CONFIG, digestOf, model, NOW, observed, rollout, version } from '../../testing/builders.ts';
import { plan } from '../plan.ts';
import type { Observed } from '../state/observed.ts';

const day = (number: number) => new Date(NOW - number * 86_400_000).toISOString();
const desired = (keep: number) => model('9.0.0', { spec: { registry: { keep } } });

/** A version whose last decision was so many days ago. */
function past(number: string, stage: Stage, days: number, from: string): ModelVersion {
  const decisions = [{ at: day(days), from, to: stage, by: 'x', reason: 'x.' }];
  return version(number, stage, { decisions, ...(stage === 'Retired' ? { championSince: day(days + 1) } : {}) });
}

const champion = version('9.0.0', 'Champion');
const forgotten = (versions: ModelVersion[], more: Partial<Observed> & { keep?: number } = {}) => {
  const { keep = 1, ...rest } = more;
  const situation = observed(desired(keep), { versions: [champion, ...versions], rollout: rollout('9.0.0'), ...rest });
  return plan(situation, CONFIG, NOW).prune.map(({ metadata }) => metadata.name.replace('books-', ''));
};

describe('retention', () => {
  const retired = [1, 2, 3, 4].map((days) => past(`${String(8 - days)}.0.0`, 'Retired', days, 'Champion'));

  it('deletes the oldest versions that serve nobody, but not the champion before this one', () => {
    expect(forgotten(retired, { keep: 20 })).toEqual([]);
    // 7.0.0 is the champion before, 6.0.0 is the newest of the others.
    expect(forgotten(retired)).toEqual(['5.0.0', '4.0.0']);
  });

  it('deletes abandoned versions, and those that validation refused', () => {
    const others = [past('1.1.0', 'Candidate', 3, 'Validating'), past('1.2.0', 'Rejected', 4, 'Validating'), past('1.3.0', 'Candidate', 2, 'None')];
    expect(forgotten(others)).toEqual(['1.1.0', '1.2.0']);
  });

  it('never deletes what users met and was given up: its record is its quarantine', () => {
    const met = [past('1.1.0', 'Rejected', 300, 'Challenger'), past('1.2.0', 'RolledBack', 200, 'Champion'), past('1.3.0', 'Candidate', 2, 'None')];
    expect(forgotten(met)).toEqual([]);
    const again = past('1.1.0', 'Rejected', 300, 'Validating');
    const earlier = { at: day(301), from: 'Challenger', to: 'Rejected', by: 'x', reason: 'x.' };
    const metBefore = { ...again, status: { ...again.status, decisions: [...(again.status?.decisions ?? []), earlier] } };
    expect(forgotten([metBefore, past('1.3.0', 'Candidate', 2, 'None')])).toEqual([]);
  });

  it('keeps what is desired, here or by a model that requires it to be proven here', () => {
    expect(forgotten(retired, { desiredElsewhere: [digestOf('4.0.0')] })).toEqual(['5.0.0']);
    const back = model('5.0.0', { spec: { registry: { keep: 1 } } });
    expect(forgotten(retired, { model: back })).toEqual(['4.0.0']);
  });

  it('leaves alone what others made: Git would make it again, and again', () => {
    const others = retired.map((each) => ({ ...each, metadata: { ...each.metadata, labels: {} } }));
    expect(forgotten(others)).toEqual([]);
  });

  it('says what it deletes and why', () => {
    const { announcements } = plan(observed(desired(1), { versions: [champion, ...retired], rollout: rollout('9.0.0') }), CONFIG, NOW);
    expect(announcements).toContainEqual({
      type: 'Normal',
      reason: 'Forgotten',
      message: 'Deleted ModelVersion books-4.0.0 (stage Retired; spec.registry.keep is 1, and that many newer unused versions are kept).',
    });
  });

  it('forgets nothing while there is no champion, and not all of a long past at once', () => {
    const long = Array.from({ length: 60 }, (_, n) => past(`0.${String(n)}.0`, 'Candidate', n + 1, 'None'));
    expect(forgotten(long)).toHaveLength(20);
    expect(plan(observed(desired(1), { versions: long }), CONFIG, NOW).prune).toEqual([]);
  });
});
