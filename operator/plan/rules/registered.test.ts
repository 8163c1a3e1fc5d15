import { describe, expect, it } from '@jest/globals';
import { LABELS } from '../../api/names.ts';
import { CONFIG, model, NOW, observed, rollout, validation, version } from '../../testing/builders.ts';
import { plan } from '../plan.ts';

const champion = version('9.0.0', 'Champion');
const lineage = { run: '17' };

describe('a version that somebody registered', () => {
  const { metadata, ...registered } = version('9.1.0');
  const made = { ...registered, metadata: { ...metadata, uid: 'uid-made', labels: {} }, spec: { ...registered.spec, task: 'user-to-items', metrics: { 'ndcg@10': '0.42' }, lineage } };
  const situation = observed(model('9.0.0'), { versions: [champion, made], rollout: rollout('9.0.0') });

  it('is taken up as a candidate with what was said of it, and never written over', () => {
    const result = plan(situation, CONFIG, NOW);
    const [taken] = result.versions;
    expect(taken).toMatchObject({ spec: made.spec, status: { stage: 'Candidate', task: 'user-to-items', metrics: { 'ndcg@10': '0.42' }, lineage } });
    expect(taken?.status?.decisions?.[0]).toMatchObject({ rule: 'Registered', reason: '9.1.0 was registered. It waits until spec.release names it.' });
    const desiredVersion = plan({ ...situation, model: model('9.1.0'), versions: [champion, made] }, CONFIG, NOW);
    expect(desiredVersion.versions[0]).toMatchObject({ spec: made.spec, status: { stage: 'Validating' } });
  });

  it('gets the label by which versions are selected, once, and is not taken for the operator\'s own', () => {
    const written = plan(situation, CONFIG, NOW).objects.filter(({ kind }) => kind === 'ModelVersion');
    const { name, namespace = '' } = made.metadata;
    expect(written).toEqual([{ apiVersion: made.apiVersion, kind: 'ModelVersion', metadata: { name, namespace, uid: 'uid-made', labels: { [LABELS.model]: 'books' } }, spec: made.spec }]);
    const labelled = { ...made, metadata: { ...made.metadata, labels: { [LABELS.model]: 'books' } } };
    expect(plan({ ...situation, versions: [champion, labelled] }, CONFIG, NOW).objects.filter(({ kind }) => kind === 'ModelVersion')).toEqual([]);
  });
});

describe('a version whose bundle says where it comes from', () => {
  it('has that on record once it is validated', () => {
    const told = { data: 'sha256:ab', code: 'git:12' };
    const report = validation('9.1.0', { result: 'Passed', reason: 'Passed', message: 'fine', lineage: told });
    const [passed] = plan(observed(model('9.1.0'), { versions: [champion, version('9.1.0', 'Validating')], rollout: rollout('9.0.0'), ...report }), CONFIG, NOW).versions;
    expect(passed?.status).toMatchObject({ stage: 'Challenger', lineage: told });
  });
});
