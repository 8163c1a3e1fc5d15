import { describe, expect, it } from '@jest/globals';
import { ANNOTATIONS } from '../../api/names.ts';
import type { ContainerStatus, Pod } from '../../api/workload.ts';
import { CONFIG, digestOf, model, NOW, observed, rollout, validation, version } from '../../testing/builders.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { plan } from '../plan.ts';
import type { Observed } from './observed.ts';
import { podTrouble, untilTrouble } from './podTrouble.ts';

const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString();

function pod(status: Pod['status'], more: { name?: string; of?: string; deleted?: boolean; secrets?: string[] } = {}): Pod {
  const { name = 'books-1', of = '1.0.0', deleted = false, secrets = [] } = more;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', annotations: { [ANNOTATIONS.digest]: digestOf(of) }, ...(deleted ? { deletionTimestamp: at(1) } : {}) },
    spec: { volumes: [{ name: 'bundle' }, ...secrets.map((secretName) => ({ name: secretName, secret: { secretName, optional: false } }))] },
    status: { phase: 'Pending', ...status },
  };
}

const serving = (state: Partial<ContainerStatus>): Pod['status'] => ({ containerStatuses: [{ name: 'serving', ready: false, ...state }] });
const NO_SECRET = serving({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "redis" not found' } } });
const NO_VOLUMES = (secondsAgo: number): Pod['status'] => ({
  conditions: [
    { type: 'PodScheduled', status: 'True', lastTransitionTime: at(secondsAgo) },
    { type: 'PodReadyToStartContainers', status: 'False', lastTransitionTime: at(secondsAgo) },
  ],
  initContainerStatuses: [{ name: 'fetch', state: { waiting: { reason: 'PodInitializing' } } }],
  containerStatuses: [{ name: 'serving', state: { waiting: { reason: 'PodInitializing' } } }],
});

describe('the trouble of pods', () => {
  it.each<[string, Pod['status'], string]>([
    ['a Secret that is not there', NO_SECRET, ' (container serving: secret "redis" not found)'],
    ['a crash, with the last words', serving({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 1, message: 'The settings cannot be used.\n' } } }), ' (container serving: The settings cannot be used)'],
    ['a crash without words', serving({ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }), ' (container serving: OOMKilled)'],
    [
      'a bundle that cannot be fetched',
      { initContainerStatuses: [{ name: 'fetch', state: { terminated: { exitCode: 1, message: '{"result":"Unavailable","reason":"SourceUnavailable","message":"The store answered 403."}' } } }] },
      ' (container fetch: The store answered 403)',
    ],
    ['no node', { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available: 3 Insufficient cpu.' }] }, ' (pod books-1 is not scheduled: 0/3 nodes are available: 3 Insufficient cpu)'],
    ['a normal start', { initContainerStatuses: [{ name: 'fetch', state: { waiting: { reason: 'PodInitializing' } } }] }, ''],
    ['an earlier crash of a container that is well', serving({ ready: true, lastState: { terminated: { exitCode: 1, message: 'x' } } }), ''],
  ])('tells of %s', (_, status, told) => {
    expect(podTrouble([pod(status)], NOW)).toBe(told);
  });

  it('tells of one pod, of none that is going, and of no more than a line', () => {
    const long = pod(serving({ state: { waiting: { message: `${'x'.repeat(5000)}\nsecond line` } } }), { name: 'books-2' });
    expect(podTrouble([long, pod(NO_SECRET, { name: 'books-3' }), pod(NO_SECRET, { deleted: true })], NOW)).toMatch(/^ \(container serving: x{300}…\)$/);
  });

  it('asks for the Secret of a volume after a while, and says when it will', () => {
    const early = [pod(NO_VOLUMES(4), { secrets: ['callers'] })];
    expect([podTrouble(early, NOW), untilTrouble(early, NOW)]).toEqual(['', 6000]);
    const late = [pod(NO_VOLUMES(10), { secrets: ['callers'] })];
    expect([podTrouble(late, NOW), untilTrouble(late, NOW)]).toEqual([
      ' (pod books-1 is waiting for its volumes or network; check that Secret callers exists)',
      undefined,
    ]);
    expect(podTrouble([pod(NO_VOLUMES(60))], NOW)).toBe(' (pod books-1 is waiting for its volumes or network)');
  });
});

describe('the status', () => {
  const champion = version('1.0.0', 'Champion');
  const missing = 'secret "redis" not found';

  function message(situation: Observed): string {
    const result = plan(situation, CONFIG, NOW);
    expectInvariants(situation, result);
    return result.status.message ?? '';
  }

  it('names a missing Secret of a first version, of changed settings, of a candidate and of a validation', () => {
    const starting = rollout('1.0.0', { stable: 'none', availableReplicas: 0 });
    expect(message(observed(model('1.0.0'), { versions: [version('1.0.0', 'Challenger')], rollout: starting, pods: [pod(NO_SECRET)] }))).toContain(missing);
    const rolling = rollout('1.0.0', { stable: 'before' });
    expect(message(observed(model('1.0.0'), { versions: [champion], rollout: rolling, pods: [pod(serving({ ready: true })), pod(NO_SECRET)] }))).toContain(missing);
    const moving = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 0 });
    const candidate = { versions: [champion, version('2.0.0', 'Challenger')], rollout: moving, pods: [pod(NO_SECRET, { of: '2.0.0' })] };
    expect(message(observed(model('2.0.0'), candidate))).toContain(missing);
    const { jobs, pods } = validation('2.0.0');
    const [first] = pods;
    const stuck = { ...first, status: { containerStatuses: [{ name: 'validate', state: { waiting: { message: missing } } }] } } as Pod;
    expect(message(observed(model('2.0.0'), { versions: [champion, version('2.0.0', 'Validating')], rollout: rollout('1.0.0'), jobs, pods: [stuck] }))).toContain(missing);
  });

  it('goes on naming it when the pods are gone, until the spec changes', () => {
    const aborted = rollout('1.0.0', { stable: 'before', abort: true, phase: 'Degraded', message: 'It timed out.' });
    const first = plan(observed(model('1.0.0'), { versions: [champion], rollout: aborted, pods: [pod(NO_SECRET)] }), CONFIG, NOW);
    expect(first.status.message).toContain(missing);
    const gone = observed(model('1.0.0', { status: first.status }), { versions: [champion], rollout: aborted });
    expect(message(gone)).toBe(first.status.message);
    const changed = { ...gone.model, metadata: { ...gone.model.metadata, generation: 2 } };
    expect(message({ ...gone, model: changed })).not.toContain(missing);
  });

  it('is looked at again when a pod has waited long enough for its volumes', () => {
    const situation = observed(model('1.0.0'), { versions: [version('1.0.0', 'Challenger')], rollout: rollout('1.0.0', { stable: 'none' }), pods: [pod(NO_VOLUMES(1))] });
    expect(plan(situation, CONFIG, NOW).requeueAfterMs).toBe(9000);
  });
});
