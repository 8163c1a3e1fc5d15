import { afterAll, expect } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import { recommender, type Run } from '../../tools/cli/testing/recommender.ts';
import { statePaths } from '../../tools/cluster/layout.ts';
import type { Cluster } from '../../tools/testenv/cluster.ts';
import { createNamespace, type Environment, environmentOf } from '../../tools/testenv/environment.ts';
import { until } from '../../tools/testenv/until.ts';
import { localCluster, openShared } from './shared.ts';

type ModelStatus = NonNullable<RecommenderModel['status']>;

/** A namespace of its own on the local cluster, with the operator and the store that all files share, and what people see of it. */
export interface E2E extends Environment {
  cluster: Cluster;
  untilStatus: (what: string, holds: (status: ModelStatus) => boolean) => Promise<ModelStatus>;
  /** Everybody is on the version, and nobody watches it. */
  untilServing: (version: string) => Promise<ModelStatus>;
  untilShare: (version: string, weight: number) => Promise<ModelStatus>;
  /** Argo Rollouts has nothing more to do for the version. */
  untilSettledOn: (version: string) => Promise<void>;
  rollout: () => Promise<Rollout | undefined>;
  version: (number: string) => Promise<ModelVersion | undefined>;
  /** What is on record of a version, newest first. */
  decisions: (number: string) => Promise<NonNullable<NonNullable<ModelVersion['status']>['decisions']>>;
  /** How many users got an answer of the version. */
  answersOf: (version: string) => Promise<number>;
  /** Runs `kubectl recommender …` in the namespace. */
  recommender: (...args: string[]) => Promise<Run>;
  /** Fails with what they met when a request of the users has failed. @param name where there are several models */
  nobodyGotAnError: (name?: string) => Promise<void>;
}

/**
 * For a file of tests, whose namespace it removes after them.
 * @param tidyUp what else is to go
 */
export async function openE2E(namespace: string, tidyUp?: (cluster: Cluster) => Promise<unknown>): Promise<E2E> {
  const cluster = localCluster();
  await createNamespace(cluster, namespace);
  const environment = environmentOf(cluster, namespace, await openShared(cluster));
  afterAll(async () => {
    await environment.close();
    await tidyUp?.(cluster);
    await cluster.close();
  });
  // The API server passes the question on to their pod, and may be gone for a moment.
  const seen: Environment['seen'] = (name) => until('the users tell what they saw', () => environment.seen(name));
  const untilStatus = statusWaiter(() => environment.model());
  const rollout = async () => (await cluster.get('Rollout', { namespace, name: 'books' })) as Rollout | undefined;
  const version = async (number: string) => (await cluster.get('ModelVersion', { namespace, name: `books-${number}` })) as ModelVersion | undefined;
  return {
    ...environment,
    cluster,
    seen,
    untilStatus,
    untilServing: (number) => untilStatus(`${number} serves everyone`, ({ phase, champion }) => phase === 'Healthy' && champion?.version === number),
    untilShare: (number, weight) =>
      untilStatus(`${number} is at ${String(weight)}%`, ({ candidate }) => candidate?.version === number && candidate.weight === weight),
    untilSettledOn: async (number) => {
      await until(`everyone is on ${number}`, async () => isSettledOn(await rollout(), number), 60_000);
    },
    rollout,
    version,
    decisions: async (number) => (await version(number))?.status?.decisions ?? [],
    answersOf: async (number) => (await seen()).versions[number]?.requests ?? 0,
    recommender: (...args) => recommender([...args, '--namespace', namespace], statePaths.kubeconfig),
    nobodyGotAnError: async (name) => {
      const { failed, failures, requests } = await seen(name);
      expect({ failed, failures, requests: requests > 0 }).toEqual({ failed: 0, failures: [], requests: true });
    },
  };
}

/** Of the model that `read` finds: waits until what is described holds of its status, and returns that status. */
export const statusWaiter = (read: () => Promise<RecommenderModel | undefined>) =>
  (what: string, holds: (status: ModelStatus) => boolean): Promise<ModelStatus> =>
    until(what, async () => {
      const status = (await read())?.status;
      return status && holds(status) ? status : undefined;
    }, 120_000);

function isSettledOn(rollout: Rollout | undefined, version: string): boolean {
  const isTemplate = rollout?.spec.template.metadata?.annotations?.['recommender.dev/version'] === version;
  return isTemplate && rollout.status?.observedGeneration === String(rollout.metadata.generation) && rollout.status.phase === 'Healthy';
}
