import { describe, expect, it } from '@jest/globals';
import { CONFIG, digestOf, model, NOW, observed, release, rollout, version } from '../../../testing/builders.ts';
import { expectInvariants } from '../../../testing/invariants.ts';
import { plan } from '../../plan.ts';

describe("the champion's digest under another number", () => {
  const { delivery } = model('1.0.0').spec;
  const desired = model('1.0.1', { spec: { release: { ...release('1.0.1'), digest: digestOf('1.0.0') }, delivery: { ...delivery, approval: 'Manual' } } });
  const renamed = version('1.0.1', 'Challenger');
  const byHand = { ...renamed, spec: { ...renamed.spec, digest: digestOf('1.0.0') } };

  it.each([
    ['nobody has registered', []],
    ['somebody has registered', [byHand]],
  ])('that %s is refused with what to correct, and is no promotion past every gate', (_, more) => {
    const situation = observed(desired, { versions: [version('1.0.0', 'Champion'), ...more], rollout: rollout('1.0.0') });
    const result = plan(situation, CONFIG, NOW);
    expectInvariants(situation, result);
    expect(result.versions).toEqual([]);
    expect(result.objects.map(({ kind }) => kind)).not.toContain('ModelVersion');
    expect(result.status).toMatchObject({ phase: 'Rejected', champion: { version: '1.0.0' } });
    expect(result.status.message).toBe(
      '1.0.1 has the digest of champion 1.0.0, and a bundle cannot change its version: set spec.release.version to 1.0.0, or publish a different bundle as 1.0.1.',
    );
    expect(result.status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'SameBundle' }));
  });
});
