import { describe, expect, it } from '@jest/globals';
import { actAnnotation } from '../api/names.ts';
import { analysisRun, digestOf, model, observed, release, rollout, version } from '../testing/builders.ts';
import { planned, runs, stages } from '../testing/planned.ts';
import type { Plan } from './plan.ts';

const kinds = ({ objects }: Plan) => objects.map(({ kind }) => kind);

describe('safety rules', () => {
  const champion = version('1.0.0', 'Champion');

  it('1: a lost Rollout is rebuilt with the champion before the desired version starts', () => {
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

  it('1: a champion whose ModelVersion was deleted is restored, and the desired version does not become a first version', () => {
    const status = { champion: { ...champion.spec, since: '2026-02-01T00:00:00Z' } };
    const desired = model('2.0.0', { status });
    const challenger = version('2.0.0', 'Challenger');
    const lost = planned(observed(desired, { versions: [challenger], rollout: rollout('1.0.0') }));
    expect(runs(lost)).toBeUndefined();
    expect(lost.objects).toContainEqual(expect.objectContaining({ kind: 'ModelVersion', spec: champion.spec }));
    expect(lost.status.champion?.version).toBe('1.0.0');
    const written = planned(observed(desired, { versions: [challenger, version('1.0.0')], rollout: rollout('1.0.0') }));
    expect(runs(written)).toBeUndefined();
    expect(stages(written)).toEqual([['1.0.0', 'Champion']]);
  });

  it('1: a record made by hand with the number of the champion does not make its bundle the champion', () => {
    const forged = { ...version('1.0.0'), spec: { ...version('1.0.0').spec, digest: digestOf('6.6.6') } };
    const desired = model('1.0.0', { spec: { release: { ...champion.spec, digest: digestOf('6.6.6') } } });
    for (const versions of [[forged, champion], [champion, forged]]) {
      const result = planned(observed(desired, { versions, rollout: rollout('1.0.0') }));
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
    const desired = model('2.0.1');
    const disguised = { ...desired, spec: { ...desired.spec, release: { ...desired.spec.release, digest: rejected.spec.digest } } };
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
    expect(result.status.conditions).toContainEqual(expect.objectContaining({ type: 'GuardrailsHold', status: 'Unknown', reason: 'MetricsUnavailable' }));
  });

  it('4: a new desired version abandons the candidate on its way and goes back to the champion first', () => {
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
    const desired = model('1.0.0', { spec: { release: { ...release('1.0.0'), uri: moved } } });
    const before = rollout('1.0.0');
    const initContainers = [{ env: [{ name: 'BUNDLE_URI', value: moved }] }];
    const settled = { ...before, spec: { ...before.spec, template: { ...before.spec.template, spec: { initContainers } } } };
    const { status } = planned(observed(desired, { versions: [champion], rollout: settled }));
    expect(status.champion?.uri).toBe(moved);
    const next = planned(observed(model('2.0.0', { status }), { versions: [champion, version('2.0.0', 'Validating')], rollout: rollout('1.0.0') }));
    expect(JSON.stringify(next.objects.find(({ kind }) => kind === 'Rollout'))).toContain(moved);
    const notYet = planned(observed(desired, { versions: [champion], rollout: before }));
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
    const desired = model('1.0.0');
    const changed = { ...desired, spec: { ...desired.spec, release: { ...desired.spec.release, digest: version('9.9.9').spec.digest } } };
    const result = planned(observed(changed, { versions: [champion], rollout: rollout('1.0.0') }));
    expect(runs(result)).toBe('1.0.0');
    expect(result.status.message).toContain('publish this bundle under a new version');
  });
});
