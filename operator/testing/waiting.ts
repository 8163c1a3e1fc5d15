import type { RecommenderModel } from '../api/model.ts';
import { plan } from '../plan/plan.ts';
import type { Observed } from '../plan/state/observed.ts';
import { candidateRollout, CONFIG, model, NOW, observed, out, rollout, validation, version } from './builders.ts';

/** What tools that wait for objects take a model for: kstatus, which Flux and Helm use, and Argo CD with our health check. */
interface Taken {
  kstatus: 'InProgress' | 'Current' | 'Failed';
  argo: 'Progressing' | 'Suspended' | 'Healthy' | 'Degraded';
}

const PROGRESSING: Taken = { kstatus: 'InProgress', argo: 'Progressing' };
const SUSPENDED: Taken = { kstatus: 'InProgress', argo: 'Suspended' };
const HEALTHY: Taken = { kstatus: 'Current', argo: 'Healthy' };
const DEGRADED: Taken = { kstatus: 'Failed', argo: 'Degraded' };

const passed = { at: '2026-03-01T10:00:00Z', from: 'Validating', to: 'Challenger', by: 'x', reason: 'x.' };
const champion = version('1.0.0', 'Champion');
const candidate = version('2.0.0', 'Challenger', { decisions: [passed] });
const paused = version('2.0.0', 'Challenger', { decisions: [{ ...passed, from: 'Challenger', act: 'pause 2.0.0 a' }, passed] });
const { delivery } = model('2.0.0').spec;
const wanting = (more: Partial<typeof delivery> = {}) => model('2.0.0', { spec: { delivery: { ...delivery, ...more } } });
const moving = { rollout: candidateRollout(model('2.0.0'), { currentStepIndex: 1 }) };
const alone = { versions: [version('2.0.0', 'Champion')], rollout: rollout('2.0.0') };
const promotedAt = '2026-03-01T11:30:00Z';
const watched = { ...alone, versions: [version('2.0.0', 'Champion', { championSince: promotedAt, decisions: [{ ...passed, at: promotedAt, from: 'Challenger', to: 'Champion' }] })] };
const dead = { ...alone, rollout: rollout('2.0.0', { phase: 'Degraded', availableReplicas: 0 }) };
const since = (date: string) => out(wanting(), date);

const told = (desired: RecommenderModel, more: Partial<Observed> = {}): RecommenderModel =>
  ({ ...desired, status: plan(observed(desired, { versions: [champion, candidate], rollout: rollout('1.0.0'), ...more }), CONFIG, NOW).status });
const changedSince = (seen: RecommenderModel): RecommenderModel => ({ ...seen, metadata: { ...seen.metadata, generation: 2 } });

/** Models as the operator writes them, each with its description. */
export const WAITING: readonly [string, RecommenderModel, Taken][] = [
  ['no operator has looked at', { ...wanting(), status: { observedGeneration: -1 } }, PROGRESSING],
  ['was changed since', changedSince(told(wanting(), alone)), PROGRESSING],
  ['starts its first version', told(wanting(), { versions: [version('2.0.0', 'Challenger')] }), PROGRESSING],
  ['is being validated', told(wanting(), { versions: [champion, version('2.0.0', 'Validating')], ...validation('2.0.0') }), PROGRESSING],
  ['waits for the end of a freeze', told(wanting({ freeze: [{ from: '2026-03-01T11:00:00Z', to: '2026-03-01T13:00:00Z', timeZone: 'UTC' }] })), PROGRESSING],
  ['starts a candidate', told(wanting()), PROGRESSING],
  ['has a candidate among users', told(wanting(), moving), PROGRESSING],
  ['shadows a candidate', told(wanting({ strategy: 'Shadow' }), { versions: [champion, version('2.0.0', 'Shadow', { decisions: [{ ...passed, to: 'Shadow' }] })] }), PROGRESSING],
  ['has its pods replaced', told(wanting(), { ...alone, rollout: rollout('2.0.0', { phase: 'Progressing' }) }), PROGRESSING],
  ['awaits approval', told(wanting({ approval: 'Manual' })), SUSPENDED],
  ['is paused', told(wanting(), { ...moving, versions: [champion, paused] }), SUSPENDED],
  ['serves', told(wanting(), alone), HEALTHY],
  ['serves and is watched', told(wanting({ after: { ...delivery.after, watchFor: '1h' } }), watched), HEALTHY],
  ['was rejected', told(wanting(), { versions: [champion, version('2.0.0', 'Rejected')] }), DEGRADED],
  ['was rolled back', told(wanting(), { versions: [champion, version('2.0.0', 'RolledBack')] }), DEGRADED],
  ['lacks a kind', told(wanting(), { missingKinds: ['Rollout'] }), DEGRADED],
  ['has served nobody for a minute', told(since('2026-03-01T11:59:00Z'), dead), { kstatus: 'InProgress', argo: 'Degraded' }],
  ['has served nobody for long', told(since('2026-03-01T11:00:00Z'), dead), DEGRADED],
];
