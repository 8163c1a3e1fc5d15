import type { Summary } from '../../examples/books/traffic/ledger.ts';
import type { RecommenderModel } from '../../operator/api/model.ts';
import type { Cluster } from './cluster.ts';
import { MODEL, modelObject } from './model.ts';
import { podObject, readyPod } from './pods.ts';
import type { Store } from './store.ts';
import { until } from './until.ts';

/** A namespace with models and simulated users, for the demo and the tests. Its bundles come from a store, which may be shared. */
export interface Environment extends Store {
  namespace: string;
  /** Applies the model with this version; `spec` goes beside `release`, and `metadata` may name another model. */
  apply: (version: string, spec?: Record<string, unknown>, metadata?: Record<string, unknown>) => Promise<void>;
  /** @param name where the environment has several models; the same below */
  model: (name?: string) => Promise<RecommenderModel | undefined>;
  /**
   * Starts the users; resolves when they get answers. They wait two minutes for a model that does not answer yet.
   * @param settings of examples/books/traffic, e.g. RETRIES, or TARGET where they are not to ask the Service of the model
   */
  startTraffic: (rate: number, settings?: Record<string, string>, name?: string) => Promise<void>;
  /** What the users have seen since they came. */
  seen: (name?: string) => Promise<Summary>;
  close: () => Promise<void>;
}

export interface EnvironmentOptions {
  store: Store;
  /** Of the examples: the users' program. */
  image: string;
}

const TRAFFIC_PORT = 8001;

/** On the namespaces of demo and tests, so that they are known to hold nothing of anybody else. */
export const ENVIRONMENT_LABEL = { 'recommender.dev/environment': 'test' };

/** Resolves when pods can be created in it. */
export async function createNamespace(cluster: Cluster, namespace: string): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: ENVIRONMENT_LABEL } });
  await until(`the namespace ${namespace} has a ServiceAccount`, () => cluster.get('ServiceAccount', { namespace, name: 'default' }), 60_000);
}

/** Of a namespace that exists. */
export function environmentOf(cluster: Cluster, namespace: string, { store, image }: EnvironmentOptions): Environment {
  const seen = async (name = MODEL): Promise<Summary> => (await cluster.ask(namespace, usersOf(name), TRAFFIC_PORT, '/stats')) as Summary;
  return {
    ...store,
    namespace,
    apply: async (version, spec = {}, metadata = {}) => {
      await cluster.apply(modelObject(namespace, { release: store.release(version), ...spec }, metadata));
    },
    model: async (name = MODEL) => (await cluster.get('RecommenderModel', { namespace, name })) as RecommenderModel | undefined,
    startTraffic: async (rate, settings = {}, name = MODEL) => {
      const env = { TARGET: `http://${name}.${namespace}.svc`, RATE: String(rate), STATS_PORT: String(TRAFFIC_PORT), ...settings };
      await cluster.apply(podObject(namespace, { name: usersOf(name), image, args: ['examples/books/main.ts', 'traffic'], port: TRAFFIC_PORT, env }));
      await until('the users get answers', async () => (await readyPod(cluster, namespace, usersOf(name))) !== undefined && (await seen(name)).requests > 0, 120_000);
    },
    seen,
    close: async () => {
      await cluster.remove('Namespace', { name: namespace });
    },
  };
}

/** Pod of the users of a model. */
const usersOf = (name: string): string => (name === MODEL ? 'users' : `users-of-${name}`);
