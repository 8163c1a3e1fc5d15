import { describe, expect, it } from '@jest/globals';
import { analysisRun, CONFIG, digestOf, model, NOW, observed, release, rollout, validation, version } from '../../tests/builders.ts';
import { expectInvariants } from '../../tests/invariants.ts';
import { actAnnotation, ANNOTATIONS } from '../api/names.ts';
import type { Observed } from './observed.ts';
import { type Plan, plan } from './plan.ts';

function planned(situation: Observed): Plan {
  const result = plan(situation, CONFIG, NOW);
  expectInvariants(situation, result);
  expect(plan(situation, CONFIG, NOW)).toEqual(result);
  return result;
}

const kinds = ({ objects }: Plan) => objects.map(({ kind }) => kind);
const stages = ({ versions }: Plan) => versions.map(({ spec, status }) => [spec.version, status?.stage]);

/** Version in the pod template of the Rollout to apply; undefined when the Rollout is left alone. */
function runs({ objects }: Plan): string | undefined {
  const rolloutObject = objects.find(({ kind }) => kind === 'Rollout');
  const spec = rolloutObject?.['spec'] as { template: { metadata: { annotations: Record<string, string> } } } | undefined;
  return spec?.template.metadata.annotations[ANNOTATIONS.version];
}

describe('a first version', () => {
  it('is registered, and nothing else happens yet', () => {
    const result = planned(observed(model('1.0.0')));
    expect(kinds(result)).toEqual(['ModelVersion']);
  });

  it('is validated before there is any pod of it', () => {
    const result = planned(observed(model('1.0.0'), { versions: [version('1.0.0', 'Validating')] }));
    expect(kinds(result)).toEqual(['Job']);
    expect(result.status.phase).toBe('Validating');
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
    expect([changed.objects, changed.prune]).toEqual([[], []]);
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
        runs: [analysisRun('2.0.0', { 'error-rate': { phase: 'Failed', value: '[0.2134]' } })],
      }),
    );
    expect(stages(result)).toEqual([['2.0.0', 'Rejected']]);
    expect(result.status.message).toBe('2.0.0 was rejected at 10% of users: 21.3% of its requests failed (in 5m), the limit is 5%. Its users went back to 1.0.0.');
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

describe('safety rules', () => {
  const champion = version('1.0.0', 'Champion');

  it('1: a lost Rollout is rebuilt with the champion before the wish starts', () => {
    const lost = planned(observed(model('2.0.0'), { versions: [champion, version('2.0.0', 'Challenger')] }));
    expect(runs(lost)).toBe('1.0.0');
    const rebuilding = rollout('1.0.0', { phase: 'Progressing', availableReplicas: 1 });
    const waiting = planned(observed(model('2.0.0'), { versions: [champion, version('2.0.0', 'Challenger')], rollout: rebuilding }));
    expect(runs(waiting)).toBe('1.0.0');
  });

  it('1: a Rollout is changed and not made anew, should it be deleted before the change arrives', () => {
    const live = rollout('1.0.0');
    const situation = { versions: [champion, version('2.0.0', 'Challenger')], rollout: { ...live, metadata: { ...live.metadata, uid: 'uid-rollout' } } };
    const candidate = planned(observed(model('2.0.0'), situation)).objects.find(({ kind }) => kind === 'Rollout');
    expect([runs(planned(observed(model('2.0.0'), situation))), candidate?.metadata.uid]).toEqual(['2.0.0', 'uid-rollout']);
  });

  it('1: a champion whose ModelVersion was deleted is restored, and the wish does not become a first version', () => {
    const status = { champion: { ...champion.spec, since: '2026-02-01T00:00:00Z' } };
    const wish = model('2.0.0', { status });
    const challenger = version('2.0.0', 'Challenger');
    const lost = planned(observed(wish, { versions: [challenger], rollout: rollout('1.0.0') }));
    expect(runs(lost)).toBeUndefined();
    expect(lost.objects).toContainEqual(expect.objectContaining({ kind: 'ModelVersion', spec: champion.spec }));
    expect(lost.status.champion?.version).toBe('1.0.0');
    const written = planned(observed(wish, { versions: [challenger, version('1.0.0')], rollout: rollout('1.0.0') }));
    expect(runs(written)).toBeUndefined();
    expect(stages(written)).toEqual([['1.0.0', 'Champion']]);
  });

  it('1: a record made by hand with the number of the champion does not make its bundle the champion', () => {
    const forged = { ...version('1.0.0'), spec: { ...version('1.0.0').spec, digest: digestOf('6.6.6') } };
    const wish = model('1.0.0', { spec: { release: { ...champion.spec, digest: digestOf('6.6.6') } } });
    for (const versions of [[forged, champion], [champion, forged]]) {
      const result = planned(observed(wish, { versions, rollout: rollout('1.0.0') }));
      expect(result.status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'VersionReused' }));
      const applied = result.objects.find(({ kind }) => kind === 'Rollout');
      expect(JSON.stringify(applied)).not.toContain(digestOf('6.6.6'));
      expect(result.status.phase).toBe('Rejected');
    }
  });

  it('4: nothing else that may be refused is written before the Rollout on the way back to the champion', () => {
    const moving = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1 });
    const back = planned(observed(model('1.0.0'), { versions: [champion, version('2.0.0', 'Challenger')], rollout: moving }));
    expect(kinds(back)[0]).toBe('Rollout');
    const ahead = planned(observed(model('2.0.0'), { versions: [champion, version('2.0.0', 'Challenger')], rollout: rollout('1.0.0') }));
    expect(kinds(ahead).at(-1)).toBe('Rollout');
  });

  it('2: a rejected digest changes nothing, under another version number too', () => {
    const rejected = version('2.0.0', 'Rejected');
    const again = planned(observed(model('2.0.0'), { versions: [champion, rejected], rollout: rollout('1.0.0') }));
    expect(stages(again)).toEqual([]);
    expect(runs(again)).toBe('1.0.0');
    expect(again.status.phase).toBe('Rejected');

    const renamed = { ...version('2.0.1'), spec: { ...version('2.0.1').spec, digest: rejected.spec.digest } };
    const wish = model('2.0.1');
    const disguised = { ...wish, spec: { ...wish.spec, release: { ...wish.spec.release, digest: rejected.spec.digest } } };
    const result = planned(observed(disguised, { versions: [champion, rejected, renamed], rollout: rollout('1.0.0') }));
    expect(runs(result)).toBe('1.0.0');
    expect(result.status.phase).toBe('Rejected');
  });

  it('2: an explicit retry works once for each value of the annotation', () => {
    const rejected = version('2.0.0', 'Rejected');
    const annotations = { [actAnnotation('retry')]: '2.0.0 monday' };
    const asked = planned(observed(model('2.0.0', { annotations }), { versions: [champion, rejected], rollout: rollout('1.0.0') }));
    expect(stages(asked)).toEqual([['2.0.0', 'Candidate']]);
    expect(asked.status.acts).toEqual({ retry: '2.0.0 monday' });
    const status = { acts: { retry: '2.0.0 monday' } };
    const seen = planned(observed(model('2.0.0', { annotations, status }), { versions: [champion, rejected], rollout: rollout('1.0.0') }));
    expect(stages(seen)).toEqual([]);
  });

  it('2: a version that is tried again waits until its earlier attempt has left the measuring window', () => {
    const ended = { at: '2026-03-01T11:58:00Z', from: 'Challenger', to: 'Rejected', by: 'test', reason: 'It was slow.' };
    const again = version('2.0.0', 'Challenger', { decisions: [ended] });
    const waiting = planned(observed(model('2.0.0'), { versions: [champion, again], rollout: rollout('1.0.0') }));
    expect(runs(waiting)).toBe('1.0.0');
    expect(waiting.status.message).toContain('waits until 12:03:00 UTC');
    expect(waiting.requeueAfterMs).toBe(180_000);
    const old = version('2.0.0', 'Challenger', { decisions: [{ ...ended, at: '2026-03-01T11:55:00Z' }] });
    expect(runs(planned(observed(model('2.0.0'), { versions: [champion, old], rollout: rollout('1.0.0') })))).toBe('2.0.0');
  });

  it('3: no data holds and says so', () => {
    const asking = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 2, canary: { weights: { canary: { weight: 10 } } } });
    const dark = analysisRun('2.0.0', { 'error-rate': { phase: 'Error', message: 'connection refused' } });
    const result = planned(observed(model('2.0.0'), { versions: [champion, version('2.0.0', 'Challenger')], rollout: asking, runs: [dark] }));
    expect(result.status.phase).toBe('Canary');
    expect(result.status.message).toContain('error-rate: could not be measured: connection refused');
  });

  it('4: a new wish abandons the candidate on its way and goes back to the champion first', () => {
    const moving = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1 });
    const result = planned(observed(model('2.1.0'), { versions: [champion, version('2.0.0', 'Challenger'), version('2.1.0')], rollout: moving }));
    expect(stages(result)).toEqual([['2.0.0', 'Candidate'], ['2.1.0', 'Validating']]);
    expect(runs(result)).toBe('1.0.0');
  });

  it('5: another change of the spec is a rollout of the champion without steps or analysis', () => {
    const serving = { replicas: { min: 2, max: 2 }, targetCPU: 70, resources: { limits: { memory: '1Gi' } } };
    const result = planned(observed(model('1.0.0', { spec: { serving } }), { versions: [champion], rollout: rollout('1.0.0') }));
    const applied = result.objects.find(({ kind }) => kind === 'Rollout');
    expect(applied).toHaveProperty('spec.strategy.canary.stableService');
    expect(applied).not.toHaveProperty('spec.strategy.canary.steps');
    expect(applied).not.toHaveProperty('spec.strategy.canary.analysis');
  });

  it('5: a champion whose bundle moved is served from its new place while the next version comes', () => {
    const moved = 'http://models.shop.svc/moved/';
    const wish = model('1.0.0', { spec: { release: { ...release('1.0.0'), uri: moved } } });
    const before = rollout('1.0.0');
    const initContainers = [{ env: [{ name: 'BUNDLE_URI', value: moved }] }];
    const settled = { ...before, spec: { ...before.spec, template: { ...before.spec.template, spec: { initContainers } } } };
    const { status } = planned(observed(wish, { versions: [champion], rollout: settled }));
    expect(status.champion?.uri).toBe(moved);
    const next = planned(observed(model('2.0.0', { status }), { versions: [champion, version('2.0.0', 'Validating')], rollout: rollout('1.0.0') }));
    expect(JSON.stringify(next.objects.find(({ kind }) => kind === 'Rollout'))).toContain(moved);
    const notYet = planned(observed(wish, { versions: [champion], rollout: before }));
    expect(notYet.status.champion?.uri).toBe(release('1.0.0').uri);
  });

  it('6: what is created goes with the model by owner references, versions stay', () => {
    const first = planned(observed(model('1.0.0')));
    expect(first.objects[0]?.metadata.ownerReferences).toBeUndefined();
    const { objects } = planned(observed(model('1.0.0'), { versions: [champion], rollout: rollout('1.0.0') }));
    for (const { metadata } of objects) {
      expect(metadata.ownerReferences).toEqual([expect.objectContaining({ kind: 'RecommenderModel', uid: 'uid-books' })]);
      expect(metadata.finalizers).toBeUndefined();
    }
  });

  it('refuses the same version with another digest and says what to do', () => {
    const wish = model('1.0.0');
    const changed = { ...wish, spec: { ...wish.spec, release: { ...wish.spec.release, digest: version('9.9.9').spec.digest } } };
    const result = planned(observed(changed, { versions: [champion], rollout: rollout('1.0.0') }));
    expect(runs(result)).toBe('1.0.0');
    expect(result.status.message).toContain('publish this bundle under a new version');
  });
});
