import { ANNOTATIONS, MANAGER } from '../../operator/api/names.ts';
import { isUnderWay } from '../../operator/plan/state/snapshot.ts';
import { at, type Entry, isOf, placeOf, textAt } from './entry.ts';
import { versionsOf, withDigest, type World } from './world.ts';

/** What the operator makes Argo Rollouts run: a champion, or by steps what has passed validation. */
export function followRollout(world: World, write: Entry): void {
  if (!isOf(write, 'rollouts') || !write.user.username.endsWith(`:${MANAGER}`)) return;
  const digest = textAt(write.requestObject, 'spec', 'template', 'metadata', 'annotations', ANNOTATIONS.digest);
  if (digest === '') return;
  const steps = at(write.requestObject, 'spec', 'strategy', 'canary', 'steps');
  const namespace = write.objectRef?.namespace ?? '';
  const named = withDigest(world.versions, namespace, digest).filter(({ model }) => model === write.objectRef?.name);
  const hasChampion = versionsOf(world.versions, namespace, write.objectRef?.name ?? '').some(({ stage }) => stage === 'Champion');
  const hasSteps = Array.isArray(steps) && steps.length > 0;
  if (!hasChampion && !hasSteps) return;
  if (named.some(({ stage }) => stage === 'Champion' || (hasSteps && isUnderWay(stage)))) return;
  const stages = named.map(({ version, stage }) => `${version}: ${stage}`).join(', ') || 'unknown';
  const how = hasSteps ? 'by steps' : 'for everyone';
  const what = `${placeOf(write)} was made to run ${digest} ${how}, which is not proven for that (${stages})`;
  world.violations.push(`${write.stageTimestamp} ${what}.`);
}
