import { describe, expect, it } from '@jest/globals';
import { digestOf, model, observed, release, rollout, version } from '../../../testing/builders.ts';
import { planned } from '../../../testing/planned.ts';
import type { Plan } from '../../plan.ts';

const champion = version('1.0.0', 'Champion');
const passed = { at: '2026-03-01T10:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' };
const approved = { at: '2026-03-01T11:00:00Z', from: 'Challenger', to: 'Challenger', by: 'ann', reason: 'x.', act: 'approve 2.0.0 a' };
const challenger = version('2.0.0', 'Challenger', { decisions: [approved, passed] });
const moving = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1, canary: { weights: { canary: { weight: 10 } } } });

/** What users run on by the Rollout to apply. */
const template = ({ objects }: Plan) => JSON.stringify(objects.find(({ kind }) => kind === 'Rollout'));

describe('a candidate whose digest is changed in spec.release while it has users', () => {
  const changed = model('2.0.0', { spec: { release: { ...release('2.0.0'), digest: digestOf('6.6.6') } } });
  const result = planned(observed(changed, { versions: [champion, challenger], rollout: moving }));

  it('is abandoned, with a record that explains why its users went back', () => {
    expect(result.versions[0]?.status).toMatchObject({ stage: 'Candidate' });
    expect(result.status.history?.[0]).toMatchObject({
      rule: 'WishMovedOn',
      reason: '2.0.0 was abandoned: spec.release now names 2.0.0 with a different digest. Its users went back to 1.0.0.',
    });
    expect(result.status.message).toContain('is registered with a different digest');
    expect(template(result)).toContain(digestOf('1.0.0'));
  });

  it('starts anew when the digest is set back: validated again, and no approval counts twice', () => {
    const abandoned = result.versions[0] ?? challenger;
    const again = planned(observed(model('2.0.0'), { versions: [champion, abandoned], rollout: rollout('1.0.0') }));
    expect(again.versions[0]?.status?.stage).toBe('Validating');
  });
});
