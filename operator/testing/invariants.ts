import { expect } from '@jest/globals';
import { ANNOTATIONS } from '../api/names.ts';
import type { Plan } from '../plan/plan.ts';
import { REASONS, type Reason } from '../plan/reasons.ts';
import type { Observed } from '../plan/state/observed.ts';

/** What holds for every plan, whatever the situation. */
export function expectInvariants(observed: Observed, plan: Plan): void {
  const { status } = plan;
  expect(status.message).toMatch(/^[^\n]+[.)]$/);
  const types = (status.conditions ?? []).map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
  for (const condition of status.conditions ?? []) {
    expect(Object.keys(REASONS)).toContain(condition.reason);
    expect(condition.message).not.toBe('');
    expect(condition.lastTransitionTime).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+Z$/);
  }
  expectPhaseOfReason(plan);
  // Tools that wait look at the first of these, in whatever order they are.
  const isTrue = (type: string) => status.conditions?.some((each) => each.type === type && each.status === 'True');
  expect([isTrue('Reconciling'), isTrue('Reconciling') && isTrue('Stalled')]).toEqual([isTrue('Progressing'), false]);
  expect((status.history ?? []).length).toBeLessThanOrEqual(20);

  expectStepsForCandidates(observed, plan);
  // A decision names its rule and who made it, and says in sentences what became of the version and what follows.
  for (const { spec, status: record } of plan.versions) {
    const [decision] = record?.decisions ?? [];
    expect(decision).toMatchObject({ rule: expect.stringMatching(/^[A-Z]/), by: expect.stringMatching(/./) });
    expect(decision?.reason).toMatch(/^[^\n]+\. [^\n]+\.$/);
    expect(decision?.reason.startsWith(`${spec.version} `)).toBe(true);
    expect(plan.announcements).toContainEqual(expect.objectContaining({ message: decision?.reason }));
  }
}

/** The table of reasons says in which phases a model may be with the reason of its decision. */
function expectPhaseOfReason({ status: { phase, conditions = [] } }: Plan): void {
  const reason = conditions.find(({ type }) => type === 'Progressing')?.reason as Reason;
  const { phases = [] } = REASONS[reason];
  if (phases !== 'any') expect(phases.map((each) => [reason, each])).toContainEqual([reason, phase]);
}

/** A version that has not passed is never given a Rollout without steps while there is a champion. */
function expectStepsForCandidates(observed: Observed, plan: Plan): void {
  const rollout = plan.objects.find(({ kind }) => kind === 'Rollout') as unknown as DesiredRollout | undefined;
  const changed = plan.versions.map(({ metadata }) => metadata.name);
  const champions = [...plan.versions, ...observed.versions.filter(({ metadata }) => !changed.includes(metadata.name))].filter(
    (each) => each.status?.stage === 'Champion',
  );
  if (rollout && champions.length > 0) {
    const isChampion = champions.some(({ spec }) => spec.digest === rollout.spec.template.metadata.annotations[ANNOTATIONS.digest]);
    const { steps, analysis } = rollout.spec.strategy.canary;
    expect(analysis === undefined).toBe(isChampion);
    // All at once, where the champion comes back from another version.
    if (isChampion) expect(steps ?? [{ setWeight: 100 }]).toEqual([{ setWeight: 100 }]);
    else expect(steps?.length).toBeGreaterThan(1);
  }
}

interface DesiredRollout {
  spec: {
    template: { metadata: { annotations: Record<string, string> } };
    strategy: { canary: { steps?: unknown[]; analysis?: unknown } };
  };
}
