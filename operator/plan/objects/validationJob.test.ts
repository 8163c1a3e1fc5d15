import { describe, expect, it } from '@jest/globals';
import { actAnnotation } from '../../api/names.ts';
import type { Job } from '../../api/workload.ts';
import { CONFIG, model, NOW, observed, rollout, validation, version } from '../../testing/builders.ts';
import { plan } from '../plan.ts';
import type { Observed } from '../state/observed.ts';

/** The Job of a version that has ended a minute ago, and what is left of its pod. */
function ended(number: string, pod: 'Gone' | 'Unseen' | 'Silent'): Pick<Observed, 'jobs' | 'pods' | 'owned'> {
  const { jobs, pods } = validation(number);
  const conditions = [{ type: 'Complete', status: 'True', lastTransitionTime: new Date(NOW - 60_000).toISOString() }];
  const complete: Job[] = jobs.map((job) => ({ ...job, status: { conditions } }));
  const silent = pods.map((each) => ({ ...each, status: { containerStatuses: [{ name: 'validate', state: { terminated: { exitCode: 0 } } }] } }));
  return { jobs: complete, pods: { Gone: [], Unseen: pods, Silent: silent }[pod], owned: complete };
}

const candidate = { versions: [version('1.0.0', 'Champion'), version('2.0.0', 'Validating')], rollout: rollout('1.0.0') };
const isMade = (situation: Observed) => plan(situation, CONFIG, NOW).objects.some(({ kind }) => kind === 'Job');
const isRemoved = (situation: Observed) => plan(situation, CONFIG, NOW).prune.some(({ kind }) => kind === 'Job');

describe('a validation Job that is complete', () => {
  it('makes way and is made anew when its pod, and with it the report, is gone', () => {
    const lost = observed(model('2.0.0'), { ...candidate, ...ended('2.0.0', 'Gone') });
    expect([isRemoved(lost), isMade(lost)]).toEqual([true, false]);
    expect(isMade({ ...lost, jobs: [], owned: [] })).toBe(true);
  });

  it('is waited for while its pod is not yet seen to end', () => {
    expect(isRemoved(observed(model('2.0.0'), { ...candidate, ...ended('2.0.0', 'Unseen') }))).toBe(false);
  });

  it('counts as failed when its pod says nothing that can be read', () => {
    const silent = observed(model('2.0.0'), { ...candidate, ...ended('2.0.0', 'Silent') });
    expect(isRemoved(silent)).toBe(true);
    expect(plan(silent, CONFIG, NOW).status.message).toContain('ended without a readable report');
  });

  it('does not hold up a rollback for ever', () => {
    const desired = model('2.0.0', { annotations: { [actAnnotation('rollback')]: '1.0.0 a' } });
    const versions = [version('1.0.0', 'Retired', { championSince: '2026-01-01T00:00:00Z' }), version('2.0.0', 'Champion')];
    const lost = observed(desired, { versions, rollout: rollout('2.0.0'), ...ended('1.0.0', 'Gone') });
    expect(isRemoved(lost)).toBe(true);
    expect(plan(lost, CONFIG, NOW).status.lastAct?.outcome).toBe('Underway');
    expect(isMade({ ...lost, jobs: [], owned: [] })).toBe(true);
  });
});
