import { describe, expect, it } from '@jest/globals';
import type { HorizontalPodAutoscaler } from '../../api/workload.ts';
import { model, observed, rollout, version } from '../../testing/builders.ts';
import { planned } from '../../testing/planned.ts';

const { serving } = model('1.0.0').spec;
const desired = model('1.0.0', { spec: { serving: { ...serving, replicas: { min: 2, max: 10 } } } });
type Said = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['conditions']>;
const autoscaler = (conditions?: Said): HorizontalPodAutoscaler => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'books', namespace: 'shop' },
  ...(conditions ? { status: { conditions } } : {}),
});
const able = { type: 'AbleToScale', status: 'True', reason: 'SucceededGetScale', message: 'fine' };
/** As the controller of Kubernetes 1.35 writes it in a cluster without metrics-server. */
const blind = {
  type: 'ScalingActive',
  status: 'False',
  reason: 'FailedGetResourceMetric',
  message:
    'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: ' +
    'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
};

function told(found: HorizontalPodAutoscaler[]) {
  const { status } = planned(observed(desired, { versions: [version('1.0.0', 'Champion')], rollout: rollout('1.0.0'), owned: found }));
  const { status: is, reason, message } = status.conditions?.find(({ type }) => type === 'Autoscaling') ?? {};
  return { phase: status.phase, is, reason, message };
}

describe('the condition Autoscaling', () => {
  it('has the words of an autoscaler that gets no numbers, beside a model that serves', () => {
    expect(told([autoscaler([able, blind])])).toEqual({
      phase: 'Healthy',
      is: 'False',
      reason: 'AutoscalerFailing',
      message:
        `The number of pods stays at 2, since the autoscaler is not working: ${blind.message}. ` +
        'Check that metrics-server is running, or set serving.replicas.max to min.',
    });
  });

  it('is True once it gets them', () => {
    expect(told([autoscaler([able, { ...blind, status: 'True' }])])).toMatchObject({ is: 'True', reason: 'Autoscaled' });
  });

  it.each([
    ['there is no autoscaler', []],
    ['nobody has looked at it', [autoscaler()]],
  ])('is absent while %s', (_, found) => {
    expect(told(found)).toEqual({ phase: 'Healthy' });
  });
});
