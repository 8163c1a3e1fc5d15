import { describe, expect, it } from '@jest/globals';

import type { Model } from './seen.ts';
import { modelChecks } from './models.ts';

type Status = NonNullable<Model['status']>;

const model = (status: Status): Model => ({
  apiVersion: 'recommender.dev/v1alpha1',
  kind: 'RecommenderModel',
  metadata: { name: 'books', namespace: 'shop' },
  spec: { release: { version: '2.0.0', uri: '', digest: '' } } as Model['spec'],
  status,
});

const condition = (type: string, status: 'True' | 'False', reason: string, message: string) =>
  ({ type, status, reason, message, lastTransitionTime: '' });
const found = (status: Status) => modelChecks(model(status)).map(({ result, message }) => `${result}: ${message}`);

const candidate = { version: '2.0.0', digest: '', since: '' };
const refused = condition('Reconciled', 'False', 'Forbidden', 'services is forbidden.');
const silent = 'Argo Rollouts has not acted on a step that was due at 12:00:00 UTC; check that its controller is running.';
const unsent = condition('Notified', 'False', 'Failing', 'The Rejected notification for 2.0.0 could not be sent (1 attempt): 503');
const rejected = condition('Stalled', 'True', 'Quarantined', '2.0.0 was rejected.');

describe('the doctor, of a model', () => {
  it.each<[string, Status, string]>([
    ['nobody looks at', {}, 'Missing: the operator has not reconciled it: check that it watches this namespace'],
    ['of which not everything could be written', { phase: 'Healthy', conditions: [refused] }, 'Missing: services is forbidden.'],
    ['that is stuck because of that', { phase: 'Healthy', conditions: [condition('Stalled', 'True', 'Forbidden', refused.message), refused] }, 'Missing: services is forbidden.'],
    [
      'measurements of which fail',
      { phase: 'Canary', candidate, verdicts: [{ metric: 'error-rate', verdict: 'Wait', reason: 'could not be measured: timeout' }] },
      'Missing: error-rate could not be measured: timeout',
    ],
    [
      'measurements of which have not come yet',
      { phase: 'Canary', candidate, verdicts: [{ metric: 'error-rate', verdict: 'Wait' }] },
      'Advice: no measurements yet of error-rate',
    ],
    [
      'Argo Rollouts does nothing for',
      { phase: 'Canary', conditions: [condition('Progressing', 'True', 'ArgoRolloutsSilent', silent)] },
      `Advice: ${silent}`,
    ],
    ['serves nobody', { phase: 'Degraded', message: 'Nobody is served: champion 1.0.0 has had no ready pod since 2026-03-01 11:59 UTC.' }, 'Advice: Nobody is served: champion 1.0.0 has had no ready pod since 2026-03-01 11:59 UTC.'],
    ['is stuck', { phase: 'Rejected', conditions: [rejected] }, 'Advice: 2.0.0 was rejected.'],
    ['is not scaled', { phase: 'Healthy', conditions: [condition('Autoscaling', 'False', 'AutoscalerFailing', 'The number of pods stays at 2.')] }, 'Advice: The number of pods stays at 2.'],
    ['cannot tell a webhook', { phase: 'Healthy', conditions: [unsent] }, `Advice: ${unsent.message}`],
    [
      'is well',
      { phase: 'Healthy', conditions: [condition('Reconciled', 'True', 'Applied', 'All objects are up to date.')] },
      'Ok: Healthy',
    ],
  ])('judges one that %s', (_, status, line) => {
    expect(found(status)).toEqual([line]);
  });

  it('tells all that is wrong, and what stands in two conditions once', () => {
    const both = (type: string) => condition(type, type === 'Stalled' ? 'True' : 'False', 'ArgoRolloutsSilent', `2.0.0 was rejected. ${silent}`);
    expect(found({ phase: 'Rejected', conditions: [both('Progressing'), both('Stalled'), refused, unsent] })).toEqual([
      'Missing: services is forbidden.',
      `Advice: 2.0.0 was rejected. ${silent}`,
      `Advice: ${unsent.message}`,
    ]);
  });
});
