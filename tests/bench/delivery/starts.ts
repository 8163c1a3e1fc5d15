import { LABELS, MANAGER } from '../../../operator/api/names.ts';
import type { RecommenderModel } from '../../../operator/api/model.ts';
import { type Entry, isOf } from '../../../tools/replay/entry.ts';
import type { Cluster } from '../../../tools/testenv/cluster.ts';
import type { Environment } from '../../../tools/testenv/environment.ts';
import { until } from '../../../tools/testenv/until.ts';
import { answered, came, endOfLog, writesSince } from './audit.ts';

const VERSIONS = ['1.0.0', '2.0.0'] as const;
const PATIENCE_MS = 90_000;

/** What the operator takes before and after the validation Job, milliseconds. */
export interface Start {
  applyToJob: number;
  reportToRollout: number;
}

/**
 * How long the operator takes from an apply to the Rollout, the time of the validation Job left out: models that get a first
 * version and a second one, one after the other, each gone before the next.
 */
export async function measureStarts(cluster: Cluster, environment: Environment, models: number): Promise<Start[]> {
  const from = endOfLog();
  const names = Array.from({ length: models }, (_, index) => `start-${String(index)}`);
  for (const name of names) await live(cluster, environment, name);
  const writes = writesSince(from);
  return names.flatMap((name) => startsOf(name, writes));
}

async function live(cluster: Cluster, environment: Environment, name: string): Promise<void> {
  const ref = { namespace: environment.namespace, name };
  for (const version of VERSIONS) {
    await cluster.apply({
      apiVersion: 'recommender.dev/v1alpha1',
      kind: 'RecommenderModel',
      metadata: ref,
      spec: { release: environment.release(version), serving: { replicas: { min: 1, max: 1 }, resources: { requests: { cpu: '10m', memory: '64Mi' } } } },
    });
    const isOn = async (): Promise<boolean> => {
      const { status } = ((await cluster.get('RecommenderModel', ref)) ?? {}) as Partial<RecommenderModel>;
      return version === VERSIONS[0] ? status?.champion?.version === version : status?.phase === 'Canary' && status.candidate?.version === version;
    };
    await until(`${version} of ${name} is in its Rollout`, isOn, PATIENCE_MS);
  }
  await cluster.remove('RecommenderModel', ref);
  // The end of one must not weigh on the start of the next.
  await until(`${name} is gone`, async () => (await cluster.list('Pod', environment.namespace, `${LABELS.model}=${name}`)).length === 0, PATIENCE_MS);
}

/** @throws Error when the log does not tell of a Rollout for each version */
export function startsOf(name: string, writes: readonly Entry[]): Start[] {
  const applies = writes.filter((each) => isOf(each, 'recommendermodels') && each.objectRef?.name === name && each.verb === 'patch' && !byOperator(each));
  return applies.map((apply) => startFrom(name, apply, writes.slice(writes.indexOf(apply))));
}

/** From the apply to the Job, and from the kubelet's word of how the Job's pod ended to the Rollout. */
function startFrom(name: string, apply: Entry, writes: readonly Entry[]): Start {
  const isNamed = ({ objectRef }: Entry, start: string): boolean => objectRef?.name?.startsWith(start) === true;
  const job = writes.find((each) => isOf(each, 'jobs') && isNamed(each, `${name}-validate-`));
  const rollout = writes.find((each) => isOf(each, 'rollouts') && each.objectRef?.name === name && byOperator(each));
  if (!job || !rollout) throw new Error(`the audit log does not tell how ${name} started`);
  // What the Job found is on the version's record before anything comes of it.
  const recorded = writes.findLast((each) => isOf(each, 'modelversions', 'status') && isNamed(each, `${name}-`) && answered(each) <= came(rollout));
  // The operator may hear of it by its watch before the kubelet has its answer.
  const told = writes.findLast((each) =>
    isOf(each, 'pods', 'status') && each.user.username.startsWith('system:node:') && isNamed(each, `${name}-validate-`) && recorded !== undefined && came(each) <= came(recorded));
  if (!told) throw new Error(`the audit log does not tell when ${name} was validated`);
  return { applyToJob: answered(job) - came(apply), reportToRollout: answered(rollout) - came(told) };
}

const byOperator = ({ user }: Entry): boolean => user.username.endsWith(`:${MANAGER}`);
