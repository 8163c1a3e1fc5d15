import { describe, expect, it } from '@jest/globals';

import { CONFIG, NOW, model, observed, out, rollout, version } from '../../../operator/testing/builders.ts';
import type { Observed } from '../../../operator/plan/state/observed.ts';
import { plan } from '../../../operator/plan/plan.ts';
import { withTrouble } from '../../../operator/plan/report/trouble.ts';
import { resultOf } from './status.ts';

/** The result of a release of 2.0.0, by the status that the operator writes for what it observes. */
function result(more: Partial<Observed>, { generation = 1 } = {}): ReturnType<typeof resultOf> {
  const wish = model('2.0.0');
  const { status } = plan(observed(wish, more), CONFIG, NOW);
  return resultOf({ ...wish, metadata: { ...wish.metadata, generation }, status });
}

const champion = [version('2.0.0', 'Champion')];
const challenger = [version('1.0.0', 'Champion'), version('2.0.0', 'Challenger')];
const serving = { versions: champion, rollout: rollout('2.0.0') };

describe('the result, for scripts', () => {
  it.each<[string, Partial<Observed>, ReturnType<typeof resultOf>]>([
    ['the desired version serves', serving, 'serves'],
    ['another version serves', { versions: challenger, rollout: rollout('1.0.0') }, 'underWay'],
    ['it was rejected', { versions: [version('1.0.0', 'Champion'), version('2.0.0', 'Rejected')], rollout: rollout('1.0.0') }, 'failed'],
    ['it was rolled back', { versions: [version('1.0.0', 'Champion'), version('2.0.0', 'RolledBack')], rollout: rollout('1.0.0') }, 'failed'],
    ['its pods were given up, which Argo Rollouts does not try again', { versions: champion, rollout: rollout('2.0.0', { abort: true, phase: 'Degraded' }) }, 'failed'],
    ['Argo Rollouts is not installed, or is just about to be', { ...serving, missingKinds: ['Rollout'] }, 'underWay'],
    ['its Rollout was deleted and is rebuilt', { versions: champion }, 'underWay'],
    ['the Rollout of the champion is rebuilt before it starts', { versions: challenger }, 'underWay'],
  ])('%s', (_, more, expected) => {
    expect(result(more)).toBe(expected);
  });

  it.each([
    ['for a minute', '2026-03-01T11:59:00Z', 'underWay'],
    ['for longer than progressDeadline', '2026-03-01T11:45:00Z', 'failed'],
  ] as const)('its pods have been gone %s', (_, since, expected) => {
    const { status } = plan(observed(out(model('2.0.0'), since), { ...serving, rollout: rollout('2.0.0', { phase: 'Degraded', availableReplicas: 0 }) }), CONFIG, NOW);
    expect(resultOf({ ...model('2.0.0'), status })).toBe(expected);
  });

  it('is that of the last change only once the operator has looked at it', () => {
    expect([result(serving), result(serving, { generation: 2 })]).toEqual(['serves', 'underWay']);
    expect(resultOf(model('2.0.0'))).toBe('underWay');
  });

  it('is that it fails, while the API server refuses something of it for good', () => {
    const { status } = plan(observed(model('2.0.0'), serving), CONFIG, NOW);
    const refused = withTrouble(status, { status: 403, reason: 'Forbidden', message: 'services "books" is forbidden' }, model('2.0.0'), NOW);
    expect(resultOf({ ...model('2.0.0'), status: refused })).toBe('failed');
  });

  it('asks for the digest, too', () => {
    const release = { ...model('2.0.0').spec.release, digest: `sha256:${'f'.repeat(64)}` };
    const { status } = plan(observed(model('2.0.0'), serving), CONFIG, NOW);
    expect(resultOf({ ...model('2.0.0', { spec: { release } }), status })).toBe('underWay');
  });
});
