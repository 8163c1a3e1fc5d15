import { describe, expect, it } from '@jest/globals';
import { analysisRun, CONFIG, model, NOW, observed, release, rollout, validation, version } from '../testing/builders.ts';
import { planned, runs, stages } from '../testing/planned.ts';
import { type Plan, plan } from './plan.ts';

const kinds = ({ objects }: Plan) => objects.map(({ kind }) => kind);
const podMakers = (planned: Plan) => kinds(planned).filter((kind) => kind === 'Job' || kind === 'Rollout');

describe('a first version', () => {
  it('is registered, and nothing else happens yet', () => {
    const result = planned(observed(model('1.0.0')));
    expect(kinds(result)).toEqual(['ModelVersion']);
  });

  it('is validated before there is any pod of it', () => {
    const result = planned(observed(model('1.0.0'), { versions: [version('1.0.0', 'Validating')] }));
    expect(podMakers(result)).toEqual(['Job']);
    expect(result.status.phase).toBe('Validating');
  });

  it('is tried as soon as that is on record, but not by the Job of an earlier attempt', () => {
    const registered = version('1.0.0', 'Candidate');
    const begun = planned(observed(model('1.0.0'), { versions: [registered] }));
    expect([begun.versions[0]?.status?.stage, podMakers(begun), begun.prune]).toEqual(['Validating', ['Job'], []]);
    const { jobs } = validation('1.0.0', { result: 'Invalid', reason: 'DigestMismatch', message: 'x.' });
    const again = planned(observed(model('1.0.0'), { versions: [registered], jobs, owned: jobs }));
    expect([again.versions[0]?.status?.stage, podMakers(again), again.prune.map(({ kind }) => kind)]).toEqual(['Validating', [], ['Job']]);
  });

  it('finds what its Rollout refers to when it has been validated', () => {
    const whileTried = kinds(planned(observed(model('1.0.0'), { versions: [version('1.0.0', 'Validating')], ...validation('1.0.0') })));
    const after = kinds(planned(observed(model('1.0.0'), { versions: [version('1.0.0', 'Challenger')] })));
    expect(after.filter((kind) => !whileTried.includes(kind))).toEqual(['PodDisruptionBudget', 'Rollout']);
  });

  it('is validated anew when its uri is corrected, and not disturbed by other changes', () => {
    const known = { versions: [version('1.0.0', 'Validating')], ...validation('1.0.0') };
    const elsewhere = model('1.0.0', { spec: { release: { ...release('1.0.0'), uri: 'http://models.shop.svc/moved/' } } });
    const outdated = planned(observed(elsewhere, { ...known, owned: known.jobs }));
    expect(kinds(outdated)).toEqual([]);
    expect(outdated.prune.map(({ kind }) => kind)).toEqual(['Job']);
    expect(outdated.status.phase).toBe('Validating');
    const serving = { replicas: { min: 1, max: 1 }, targetCPU: 70, resources: { limits: { memory: '1Gi' } } };
    const changed = planned(observed(model('1.0.0', { spec: { serving } }), { ...known, owned: known.jobs }));
    expect([podMakers(changed), changed.prune]).toEqual([[], []]);
  });

  it('that is invalid is rejected with the reason and never starts', () => {
    const report = { result: 'Invalid', reason: 'DigestMismatch', message: 'model.onnx has another digest than bundle.yaml says.' } as const;
    const result = planned(observed(model('1.0.0'), { versions: [version('1.0.0', 'Validating')], ...validation('1.0.0', report) }));
    expect(stages(result)).toEqual([['1.0.0', 'Rejected']]);
    expect(result.status.message).toContain('model.onnx has another digest');
    expect(runs(result)).toBeUndefined();
  });

  it('starts without steps once it is verified, and is champion when its pods are ready', () => {
    const starting = planned(observed(model('1.0.0'), { versions: [version('1.0.0', 'Challenger')] }));
    expect(runs(starting)).toBe('1.0.0');
    const ready = planned(observed(model('1.0.0'), { versions: [version('1.0.0', 'Challenger')], rollout: rollout('1.0.0') }));
    expect(stages(ready)).toEqual([['1.0.0', 'Champion']]);
    expect(ready.status.champion?.version).toBe('1.0.0');
  });
});

describe('a new version beside a champion', () => {
  const champion = version('1.0.0', 'Champion');
  const challenger = version('2.0.0', 'Challenger');

  it('leaves the champion alone while it is validated', () => {
    const result = planned(observed(model('2.0.0'), { versions: [champion, version('2.0.0', 'Validating')], rollout: rollout('1.0.0') }));
    expect(runs(result)).toBe('1.0.0');
    expect(kinds(result)).toContain('Job');
  });

  it('starts as a candidate with weight, hold and gate for every step', () => {
    const result = planned(observed(model('2.0.0'), { versions: [champion, challenger], rollout: rollout('1.0.0') }));
    expect(runs(result)).toBe('2.0.0');
    expect(result.objects.at(-1)).toMatchObject({
      spec: {
        strategy: {
          canary: {
            steps: [
              { setWeight: 10 },
              { pause: { duration: 900 } },
              { analysis: { templates: [{ templateName: 'books-gate' }, { templateName: 'books-weight' }] } },
              { setWeight: 50 },
              { pause: { duration: 900 } },
              { analysis: { templates: [{ templateName: 'books-gate' }, { templateName: 'books-weight' }] } },
            ],
            analysis: { startingStep: 1, templates: [{ templateName: 'books-guardrails' }] },
          },
        },
      },
    });
  });

  it('is not touched while Argo Rollouts moves it, whatever else changes', () => {
    const moving = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1, canary: { weights: { canary: { weight: 10 } } } });
    const serving = { replicas: { min: 3, max: 3 }, targetCPU: 70, resources: {} };
    const result = planned(observed(model('2.0.0', { spec: { serving } }), { versions: [champion, challenger], rollout: moving }));
    expect(runs(result)).toBeUndefined();
    expect(result.status).toMatchObject({ phase: 'Canary', candidate: { version: '2.0.0', weight: 10, step: 1 } });
  });

  it('says how many requests the gate still waits for', () => {
    const asking = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 2, canary: { weights: { canary: { weight: 10 } } } });
    const runsSoFar = [analysisRun('2.0.0', { requests: { phase: 'Inconclusive', value: '[62.1]' } })];
    const result = planned(observed(model('2.0.0'), { versions: [champion, challenger], rollout: asking, runs: runsSoFar }));
    expect(result.status.message).toBe('2.0.0 at 10% of users, step 1 of 2: 62 of 100 requests needed.');
  });

  it('is promoted only when Argo Rollouts says Healthy about this very spec and this very hash', () => {
    const claims = {
      'status of an older spec': rollout('2.0.0', {}, { observed: false }),
      'healthy because it went back': rollout('2.0.0', { stable: '1.0.0', phase: 'Healthy' }),
    };
    for (const notYet of Object.values(claims)) {
      expect(stages(planned(observed(model('2.0.0'), { versions: [champion, challenger], rollout: notYet })))).toEqual([]);
    }
    const done = planned(observed(model('2.0.0'), { versions: [champion, challenger], rollout: rollout('2.0.0') }));
    expect(stages(done)).toEqual([['2.0.0', 'Champion'], ['1.0.0', 'Retired']]);
    expect(runs(done)).toBe('2.0.0');
  });

  it('that broke a guardrail is rejected with the numbers, and everyone returns to the champion', () => {
    const status = { candidate: { version: '2.0.0', digest: challenger.spec.digest, since: '', weight: 10, step: 1 } };
    const result = planned(
      observed(model('2.0.0', { status }), {
        versions: [champion, challenger],
        rollout: rollout('2.0.0', { stable: '1.0.0', abort: true, phase: 'Degraded' }),
        runs: [analysisRun('2.0.0', { 'error-rate': { phase: 'Failed', value: '[-62.9,0.2134]' } })],
      }),
    );
    expect(stages(result)).toEqual([['2.0.0', 'Rejected']]);
    expect(result.status.message).toBe('2.0.0 was rejected at 10% of users: 21.3% of its requests failed (62 requests in 5m), above the limit of 5%. Its users went back to 1.0.0.');
    expect(runs(result)).toBe('1.0.0');
    expect(result.announcements).toContainEqual({ type: 'Warning', reason: 'GuardrailViolated', message: result.status.message });
  });

  it('waits for the measurement when the abort is seen before it', () => {
    const aborted = rollout('2.0.0', {
      stable: '1.0.0',
      abort: true,
      phase: 'Degraded',
      abortedAt: new Date(NOW - 1000).toISOString(),
      canary: { currentBackgroundAnalysisRunStatus: { name: 'run-2.0.0', status: 'Failed' } },
      message: 'RolloutAborted: Rollout aborted update to revision 2: Background analysis phase error/failed',
    });
    const situation = observed(model('2.0.0'), { versions: [champion, challenger], rollout: aborted });
    const result = planned(situation);
    expect(stages(result)).toEqual([]);
    expect(runs(result)).toBeUndefined();
    expect(result.requeueAfterMs).toBe(59_000);
    // Somebody removed the run: it is not waited for without end.
    expect(stages(plan(situation, CONFIG, NOW + 60_000))).toEqual([['2.0.0', 'Rejected']]);
  });
});
