import { describe, expect, it } from '@jest/globals';
import { actAnnotation } from '../../api/names.ts';
import type { RecommenderModel } from '../../api/model.ts';
import type { ContainerStatus, Job } from '../../api/workload.ts';
import { CONFIG, model, NOW, observed, rollout, validation, version } from '../../testing/builders.ts';
import { plan } from '../plan.ts';
import type { Observed, PlanConfig } from '../state/observed.ts';

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
const isRemoved = (situation: Observed, config = CONFIG) => plan(situation, config, NOW).prune.some(({ kind }) => kind === 'Job');

describe('a validation Job made with other settings', () => {
  const { serving, analysis } = model('2.0.0').spec;
  const waiting: ContainerStatus['state'] = { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "serving:typo".' } };
  const terminated: ContainerStatus['state'] = { terminated: { exitCode: 1, message: '{"result":"Unavailable","reason":"NotAllowed","message":"The host is not allowed."}' } };

  /** Whether the Job of 2.0.0, made with the settings of the builders, makes way under these. */
  function makesWay(config: PlanConfig, desired = model('2.0.0'), state?: ContainerStatus['state']): boolean {
    const { jobs, pods } = validation('2.0.0');
    const inState = pods.map((pod) => ({ ...pod, status: { containerStatuses: [{ name: 'validate', ...(state ? { state } : {}) }] } }));
    return isRemoved(observed(desired, { ...candidate, jobs, owned: jobs, pods: state ? inState : [] }), config);
  }

  it.each<[string, PlanConfig, RecommenderModel]>([
    ['another serving image', { ...CONFIG, servingImage: 'serving:1.0' }, model('2.0.0')],
    ['another host allowed', { ...CONFIG, allowedHosts: ['elsewhere'] }, model('2.0.0')],
    ['another largest bundle', { ...CONFIG, maxBundleBytes: 1 }, model('2.0.0')],
    ['other resources', CONFIG, model('2.0.0', { spec: { serving: { ...serving, resources: { limits: { memory: '1Gi' } } } } })],
    ['another metric asked for', CONFIG, model('2.0.0', { spec: { analysis: { ...analysis, acceptance: [{ metric: 'ndcg@10', min: '0.3' }] } } })],
  ])('makes way before its first try, and between two: %s', (_, config, desired) => {
    expect([undefined, waiting, terminated].map((state) => makesWay(config, desired, state))).toEqual([true, true, true]);
  });

  it('goes on while its container is running, and with the same settings', () => {
    expect(makesWay({ ...CONFIG, servingImage: 'serving:1.0' }, model('2.0.0'), { running: {} })).toBe(false);
    expect(makesWay(CONFIG, model('2.0.0'), waiting)).toBe(false);
  });

  it('that made way is made anew', () => {
    expect(isMade(observed(model('2.0.0'), candidate))).toBe(true);
  });
});

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
