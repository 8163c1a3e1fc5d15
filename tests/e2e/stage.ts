import { afterAll, expect, it } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion, RecommenderModel } from '../../operator/api/model.ts';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { network, statePaths } from '../../tools/cluster/layout.ts';
import type { Cluster } from '../../tools/testenv/cluster.ts';
import { leaderOf, OPERATOR_NAMESPACE } from '../../tools/testenv/install.ts';
import { openLocalShop } from '../../tools/testenv/local.ts';
import type { Shop } from '../../tools/testenv/shop.ts';
import { until } from '../../tools/testenv/until.ts';
import { recommender, type Run } from '../../tools/cli/testing/recommender.ts';

type ModelStatus = NonNullable<RecommenderModel['status']>;

/** The local cluster with the operator installed from its chart, one shop in a namespace of its own, and what people see of it. */
export interface Stage {
  cluster: Cluster;
  shop: Shop;
  untilStatus: (what: string, holds: (status: ModelStatus) => boolean) => Promise<ModelStatus>;
  /** Everybody is on the version, and nobody watches it. */
  untilServing: (version: string) => Promise<ModelStatus>;
  untilShare: (version: string, weight: number) => Promise<ModelStatus>;
  rollout: () => Promise<Rollout | undefined>;
  version: (number: string) => Promise<ModelVersion | undefined>;
  /** What is on record of a version, newest first. */
  decisions: (number: string) => Promise<NonNullable<NonNullable<ModelVersion['status']>['decisions']>>;
  /** Runs `kubectl recommender …` in the namespace of the shop. */
  recommender: (...args: string[]) => Promise<Run>;
  /** What the users saw since the doors opened, as soon as they tell. @param name where a shop has several models; so below */
  seen: Shop['seen'];
  /** Fails with what they met when a request of the users has failed. */
  nobodyGotAnError: (name?: string) => Promise<void>;
}

/**
 * For a file of tests, which it closes the stage behind.
 * @param tidyUp what else is to go, once the shop is gone
 */
export async function openStage(namespace: string, { prometheusUrl, tidyUp }: { prometheusUrl?: string; tidyUp?: (cluster: Cluster) => Promise<unknown> } = {}): Promise<Stage> {
  const { cluster, shop } = await openLocalShop(namespace, prometheusUrl);
  afterAll(async () => {
    await shop.close();
    await tidyUp?.(cluster);
    await cluster.close();
  });
  const seen: Shop['seen'] = (name) => until('the users tell what they saw', () => shop.seen(name));
  const untilStatus = statusWaiter(() => shop.model());
  const version = async (number: string) => (await cluster.get('ModelVersion', { namespace, name: `books-${number}` })) as ModelVersion | undefined;
  return {
    cluster,
    shop,
    untilStatus,
    untilServing: (version) => untilStatus(`${version} serves everyone`, ({ phase, champion }) => phase === 'Healthy' && champion?.version === version),
    untilShare: (version, weight) =>
      untilStatus(`${version} is at ${String(weight)}%`, ({ candidate }) => candidate?.version === version && candidate.weight === weight),
    rollout: async () => (await cluster.get('Rollout', { namespace, name: 'books' })) as Rollout | undefined,
    version,
    decisions: async (number) => (await version(number))?.status?.decisions ?? [],
    recommender: (...args) => recommender([...args, '--namespace', namespace], statePaths.kubeconfig),
    seen,
    nobodyGotAnError: async (name) => {
      const { failed, failures, requests } = await seen(name);
      expect({ failed, failures, requests: requests > 0 }).toEqual({ failed: 0, failures: [], requests: true });
    },
  };
}

/** A Service whose only endpoint is a port of this machine: the gateway of the pods, which cannot reach its loopback. */
export function serviceOfHost(namespace: string, name: string, endpoint: number, port = endpoint): KubernetesObject[] {
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ name: 'main', port, targetPort: endpoint }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [network.host], conditions: { ready: true } }],
      ports: [{ name: 'main', port: endpoint }],
    },
  ];
}

/** Of the model that `read` finds: waits until what is described holds of its status, and returns that status. */
export const statusWaiter = (read: () => Promise<RecommenderModel | undefined>) =>
  (what: string, holds: (status: ModelStatus) => boolean): Promise<ModelStatus> =>
    until(what, async () => {
      const status = (await read())?.status;
      return status && holds(status) ? status : undefined;
    }, 120_000);

/** Ends the operator that leads, and resolves when another does. SIGTERM lets it give the lease back, SIGKILL does not. */
export async function endLeader(cluster: Cluster, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const leader = await until('somebody leads', () => leaderOf(cluster));
  const force = signal === 'SIGKILL' ? ['--grace-period=0', '--force'] : ['--wait=false'];
  await cluster.kubectl(['delete', 'pod', leader, '--namespace', OPERATOR_NAMESPACE, ...force]);
  await until('another leads', async () => {
    const now = await leaderOf(cluster);
    return now !== undefined && now !== leader;
  }, 60_000);
}

/**
 * Tests that are chapters of one story: each starts from what the one before left, so after a failure the rest would only fail
 * more slowly.
 * @param holds what has to hold after every chapter
 */
export function chapters(holds: () => Promise<void>): (title: string, tell: () => Promise<void>) => void {
  let isBroken = false;
  return (title, tell) =>
    it(title, async () => {
      if (isBroken) throw new Error('an earlier chapter failed');
      isBroken = true;
      await tell();
      await holds();
      isBroken = false;
    });
}
