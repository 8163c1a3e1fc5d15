import { expect } from '@jest/globals';
import { ANNOTATIONS } from '../api/names.ts';
import { type Plan, plan } from '../plan/plan.ts';
import type { Observed } from '../plan/state/observed.ts';
import { CONFIG, NOW } from './builders.ts';
import { expectInvariants } from './invariants.ts';

/** The plan for a situation, which keeps what every plan keeps, and is the same when it is made again. */
export function planned(situation: Observed): Plan {
  const result = plan(situation, CONFIG, NOW);
  expectInvariants(situation, result);
  expect(plan(situation, CONFIG, NOW)).toEqual(result);
  return result;
}

/** The versions whose stage is to be written, each with that stage. */
export const stages = ({ versions }: Plan) => versions.map(({ spec, status }) => [spec.version, status?.stage]);

/** Version in the pod template of the Rollout to apply; undefined when the Rollout is left alone. */
export function runs({ objects }: Plan): string | undefined {
  const rolloutObject = objects.find(({ kind }) => kind === 'Rollout');
  const spec = rolloutObject?.['spec'] as { template: { metadata: { annotations: Record<string, string> } } } | undefined;
  return spec?.template.metadata.annotations[ANNOTATIONS.version];
}
