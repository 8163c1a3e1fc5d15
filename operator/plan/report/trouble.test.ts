import { describe, expect, it } from '@jest/globals';
import { CONFIG, model, NOW, observed } from '../../testing/builders.ts';
import { plan } from '../plan.ts';
import { withTrouble } from './trouble.ts';

type Refusal = Parameters<typeof withTrouble>[1];

const refusal = (status: number, reason: string, message: string): Refusal => ({ status, reason, message });
const taken = refusal(409, 'FieldConflict', 'Service shop/books has fields managed by others: .spec.selector (set by "kubectl-create")');
const { status } = plan(observed(model('1.0.0')), CONFIG, NOW);

/** The status after a refusal that has lasted for some seconds. */
function after(refused: Refusal, { since = 0 } = {}) {
  const first = withTrouble(status, refused, model('1.0.0'), NOW);
  const told = withTrouble(status, refused, model('1.0.0', { status: first }), NOW + since * 1000);
  const condition = (type: string) => told.conditions?.find((each) => each.type === type);
  return { told, condition };
}

describe('what the API server refuses', () => {
  it('is in the message, and stalls the model at once if the next try would end the same way', () => {
    const { told, condition } = after(taken);
    expect(told.message).toBe(`${status.message ?? ''} Not everything could be applied: Service shop/books has fields managed by others: .spec.selector (set by "kubectl-create").`);
    expect(condition('Stalled')).toMatchObject({ status: 'True', reason: 'FieldConflict', message: expect.stringMatching(/^Service shop\/books has fields/) });
    expect([condition('Progressing')?.status, condition('Reconciled')?.status]).toEqual(['False', 'False']);
  });

  it.each<[string, Refusal, string]>([
    ['a quota', refusal(403, 'Forbidden', 'services "books" is forbidden: exceeded quota: q'), 'Forbidden'],
    ['an invalid object', refusal(422, 'Invalid', 'Rollout "books" is invalid: spec.strategy: Required value'), 'Invalid'],
    ['a webhook that denies in its own words', refusal(400, 'no way!', 'admission webhook "p.example" denied the request:\n no way.'), 'Refused'],
  ])('stalls the model: %s', (_, refused, reason) => {
    const { told, condition } = after(refused);
    expect(condition('Stalled')).toMatchObject({ status: 'True', reason });
    expect(told.message).toMatch(/^[^\n]+[^.]\.$/);
  });

  it.each<[string, Refusal]>([
    ['a webhook that is down', refusal(500, 'InternalError', 'failed calling webhook "p.example": connection refused')],
    ['a busy server', refusal(429, 'TooManyRequests', 'busy')],
    ['an object that is gone', refusal(404, 'NotFound', 'rollouts "books" not found')],
  ])('stalls the model only if it lasts for a minute: %s', (_, refused) => {
    const [early, late] = [after(refused, { since: 59 }), after(refused, { since: 60 })];
    expect([early.condition('Stalled')?.status, late.condition('Stalled')?.status]).toEqual(['False', 'True']);
    expect(early.told.message).toContain(refused.message);
  });

  it('keeps the time since when it is refused', () => {
    const { condition } = after(taken, { since: 300 });
    expect([condition('Reconciled')?.lastTransitionTime, condition('Stalled')?.lastTransitionTime]).toEqual(['2026-03-01T12:00:00Z', '2026-03-01T12:00:00Z']);
  });
});
