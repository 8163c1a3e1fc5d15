import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Rollout } from '../../../api/argo.ts';
import type { ModelVersion } from '../../../api/model.ts';
import { CONFIG, model, observed, rollout, version } from '../../../testing/builders.ts';
import { plan } from '../../plan.ts';
import type { Part } from '../../spec/step.ts';
import type { Observed } from '../../state/observed.ts';
import { stepsOf } from '../../state/steps.ts';

/**
 * Three models of a group, planned and moved on in any order: nobody goes ahead of the others, nobody is left waiting for ever.
 * Argo Rollouts and validation are played in a few lines; tests/apiserver and tests/e2e have the real ones.
 */

const NAMES = ['a', 'b', 'c'] as const;
type Name = (typeof NAMES)[number];

interface Member {
  desired: string;
  /** Weights of its steps. */
  weights: readonly number[];
  versions: ModelVersion[];
  live: Rollout;
}

class World {
  now = Date.parse('2026-03-01T12:00:00Z');
  members = new Map<Name, Member>();
  bad = new Set<string>();

  constructor(counts: readonly number[]) {
    NAMES.forEach((name, index) => {
      const weights = Array.from({ length: counts[index] ?? 1 }, (_, step) => 10 * (step + 1));
      this.members.set(name, { desired: '1.0.0', weights, versions: [version('1.0.0', 'Champion')], live: rollout('1.0.0') });
    });
  }

  of = (name: Name): Member => this.members.get(name)!;

  seen(name: Name, peers: Observed[] = []): Observed {
    const { desired, weights, versions, live } = this.of(name);
    const { delivery, analysis } = model(desired).spec;
    const canary = { steps: weights.map((weight) => ({ weight, hold: '1s' })) };
    const asked = model(desired, { spec: { group: 'home', delivery: { ...delivery, canary }, analysis: { ...analysis, window: '1s' } } });
    return observed({ ...asked, metadata: { ...asked.metadata, name } }, { versions, rollout: live, peers });
  }

  ask(name: Name, desired: string): void {
    this.of(name).desired = desired;
  }

  /** One run of the operator. True where it changed something. */
  reconcile(name: Name): boolean {
    this.now += 400;
    const member = this.of(name);
    const others = NAMES.filter((each) => each !== name).map((each) => this.seen(each));
    const { versions, objects, patches } = plan(this.seen(name, others), CONFIG, this.now);
    const registered = objects.filter(({ kind, metadata }) => kind === 'ModelVersion' && !member.versions.some((each) => each.metadata.name === metadata.name)) as ModelVersion[];
    member.versions = [...member.versions.map((each) => versions.find(({ metadata }) => metadata.name === each.metadata.name) ?? each), ...registered];
    if (patches.some(({ body }) => JSON.stringify(body).includes('pauseConditions'))) member.live = { ...member.live, status: { ...member.live.status, pauseConditions: [] } };
    const made = objects.find(({ kind }) => kind === 'Rollout') as Rollout | undefined;
    const isNew = made !== undefined && digestIn(made) !== digestIn(member.live);
    if (isNew) member.live = this.begun(name, made);
    return versions.length > 0 || registered.length > 0 || patches.length > 0 || isNew;
  }

  /** Argo Rollouts takes another template up: by its steps, or at once. */
  begun(name: Name, made: Rollout): Rollout {
    const { desired } = this.of(name);
    const isCandidate = (made.spec.strategy?.canary?.steps ?? []).length > 1;
    const { metadata, ...live } = rollout(isCandidate ? desired : '1.0.0', isCandidate ? { stable: 'before', currentStepIndex: 0 } : {});
    return { ...live, metadata: { ...made.metadata, ...metadata, annotations: made.metadata.annotations ?? {} }, spec: made.spec };
  }

  /** One move of validation, or of Argo Rollouts. True where something moved. */
  move(name: Name): boolean {
    this.now += 400;
    return this.validate(name) || this.roll(name);
  }

  validate(name: Name): boolean {
    const member = this.of(name);
    const validating = member.versions.find(({ status }) => status?.stage === 'Validating');
    if (!validating) return false;
    const at = new Date(this.now).toISOString().replace(/\.\d+Z$/, 'Z');
    const passed = { at, from: 'Validating', to: 'Challenger', by: 'x', rule: 'ValidationPassed' as const, reason: 'x.' };
    const after: ModelVersion = { ...validating, status: { ...validating.status, stage: 'Challenger', verified: true, decisions: [passed, ...(validating.status?.decisions ?? [])] } };
    member.versions = member.versions.map((each) => (each === validating ? after : each));
    return true;
  }

  roll(name: Name): boolean {
    const member = this.of(name);
    const { status = {} } = member.live;
    if (status.stableRS === status.currentPodHash || status.abort === true) return false;
    const present = stepsOf(this.seen(name).model)[status.currentStepIndex ?? 0];
    const after = next(status, present?.part, this.bad.has(`${name} ${member.desired}`));
    if (after) member.live = { ...member.live, status: after };
    return after !== undefined;
  }

  /** Everybody acts until nobody has anything to do. */
  settle(): void {
    for (let rounds = 0, quiet = 0; quiet < 10; rounds++) {
      if (rounds > 2_000) throw new Error('it does not come to an end');
      const moved = NAMES.flatMap((name) => [this.reconcile(name), this.move(name)]).includes(true);
      expectInStep(this);
      quiet = moved ? 0 : quiet + 1;
    }
  }

  champion = (name: Name) => this.of(name).versions.find(({ status }) => status?.stage === 'Champion')?.spec.version;
  isSettled = (name: Name) => this.of(name).live.status?.stableRS === this.of(name).live.status?.currentPodHash;
}

const digestIn = ({ spec }: Rollout): string => JSON.stringify(spec.template.metadata?.annotations?.['recommender.dev/digest']);

type Status = NonNullable<Rollout['status']>;

/** The status after a step; undefined at a pause that the operator has not lifted. */
function next(status: Status, part: Part['part'] | undefined, isBad: boolean): Status | undefined {
  const { pauseConditions, ...rest } = status;
  if (part === undefined) return { ...rest, stableRS: status.currentPodHash ?? '', phase: 'Healthy' };
  if (part === 'Gate' && isBad) return { ...rest, abort: true, phase: 'Degraded', currentStepIndex: 0 };
  if (part === 'Together' && pauseConditions === undefined) return { ...rest, pauseConditions: [{ reason: 'CanaryPauseStep', startTime: '' }] };
  if (part === 'Together' && pauseConditions?.length !== 0) return undefined;
  return { ...rest, currentStepIndex: (status.currentStepIndex ?? 0) + 1 };
}

/** Where each candidate stands that started with the group: pauses behind it, and all of its way. */
function candidates(world: World) {
  return NAMES.flatMap((name) => {
    const { versions, desired, live } = world.of(name);
    const desiredVersion = versions.find(({ spec }) => spec.version === desired);
    const isOnItsWay = desiredVersion?.status?.stage === 'Challenger' && desiredVersion.status.decisions?.[0]?.rule === 'StartedTogether' && !world.isSettled(name) && live.status?.abort !== true;
    if (!isOnItsWay) return [];
    const pauses = stepsOf(world.seen(name).model).flatMap(({ part }, index) => (part === 'Together' ? [index] : []));
    const at = live.status?.currentStepIndex ?? 0;
    return [{ name, passed: pauses.filter((index) => index < at).length, reached: pauses.filter((index) => index <= at).length, all: pauses.length }];
  });
}

function expectInStep(world: World): void {
  const all = candidates(world);
  for (const one of all) {
    for (const other of all) expect({ one, other, isAhead: other.reached < (one.passed === one.all ? other.all : Math.min(one.passed, other.all)) }).toMatchObject({ isAhead: false });
  }
}

const turns = fc.array(fc.record({ name: fc.constantFrom(...NAMES), who: fc.constantFrom('operator', 'argo', 'operator', 'argo', 'person') }), { minLength: 100, maxLength: 250 });
const counts = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 });

function walk(world: World, order: readonly { name: Name; who: string }[]): void {
  for (const { name, who } of order) {
    if (who === 'operator') world.reconcile(name);
    else if (who === 'argo') world.move(name);
    else world.ask(name, '2.0.0');
    expectInStep(world);
  }
  for (const name of NAMES) world.ask(name, '2.0.0');
  world.settle();
}

describe('three models of a group in any order', () => {
  it('keep in step, and all serve their new version in the end', () => {
    fc.assert(fc.property(counts, turns, (steps, order) => {
      const world = new World(steps);
      walk(world, order);
      expect(NAMES.map(world.champion)).toEqual(['2.0.0', '2.0.0', '2.0.0']);
    }), { numRuns: 15 });
  });

  it('where one is bad leave nobody between two versions, and come to the end with its next one', () => {
    fc.assert(fc.property(counts, turns, fc.constantFrom(...NAMES), (steps, order, bad) => {
      const world = new World(steps);
      world.bad.add(`${bad} 2.0.0`);
      walk(world, order);
      expect([world.champion(bad), ...NAMES.map(world.isSettled)]).toEqual(['1.0.0', true, true, true]);
      world.ask(bad, '3.0.0');
      world.settle();
      expect(NAMES.map((name) => [name, world.champion(name)])).toEqual(NAMES.map((name) => [name, name === bad ? '3.0.0' : '2.0.0']));
    }), { numRuns: 15 });
  });
});
