import semver from 'semver';
import { KINDS } from '../../../operator/api/kinds.ts';
import type { KubernetesObject } from '../../../operator/api/objects.ts';
import { connect, type KubeClient } from '../../../operator/kube/client.ts';
import { kubeconfigEndpoint } from '../../../operator/kube/kubeconfig.ts';
import { isStatus, type KubeError } from '../../../operator/kube/errors.ts';
import { listAll } from '../../../operator/kube/list.ts';
import { collectionPath, objectPath } from '../../../operator/kube/paths.ts';
import { CliFailure } from '../terminal/failure.ts';
import type { Model, Version } from './seen.ts';

const { RecommenderModel, ModelVersion } = KINDS;

/** Which cluster, by the user's kubeconfig. */
export interface Where {
  kubeconfig?: string;
  context?: string;
  namespace?: string;
}

/** What the commands need from a cluster, in one namespace. Methods reject with KubeError or CliFailure. */
export interface Api {
  client: KubeClient;
  namespace: string;
  models: () => Promise<Model[]>;
  /** Undefined if there is no such model: its versions may still be on record. */
  find: (name: string) => Promise<Model | undefined>;
  /** @throws CliFailure if there is no such model, naming the existing ones */
  model: (name: string) => Promise<Model>;
  /** All registered versions of a model, the newest first. */
  versions: (model: string) => Promise<Version[]>;
  annotate: (name: string, annotations: Record<string, string>, fieldManager: string) => Promise<Model>;
  /** The name the cluster knows the user by, if it says. */
  whoAmI: () => Promise<string | undefined>;
}

/** Runs `work` against the cluster and closes the connections afterwards. */
export async function withApi<T>(where: Where, work: (api: Api) => Promise<T>): Promise<T> {
  const client = connected(where);
  try {
    return await work(openApi(client, where.namespace ?? client.namespace ?? 'default'));
  } finally {
    await client.close();
  }
}

function connected(where: Where): KubeClient {
  try {
    return connect(kubeconfigEndpoint(where), { userAgent: 'kubectl-recommender' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliFailure(`Cannot find a cluster: ${why.replace(/\.?$/, '.')} Set KUBECONFIG, --kubeconfig or --context.`);
  }
}

function openApi(client: KubeClient, namespace: string): Api {
  const models = async () => (await listAll(client, { kind: RecommenderModel, namespace })).items as Model[];
  const find = async (name: string) => {
    try {
      return (await client.send({ method: 'GET', path: objectPath(RecommenderModel, { namespace, name }) })) as Model;
    } catch (error) {
      if (isStatus(error, 404) && isMissingObject(error)) return undefined;
      throw error;
    }
  };
  return {
    client,
    namespace,
    models,
    find,
    model: async (name) => {
      const found = await find(name);
      if (!found) throw new CliFailure(`RecommenderModel "${name}" not found in namespace ${namespace}${await others(models)}.`);
      return found;
    },
    versions: async (model) => {
      const { items } = await listAll(client, { kind: ModelVersion, namespace });
      return newestFirst((items as Version[]).filter(({ spec }) => spec.model === model));
    },
    annotate: async (name, annotations, fieldManager) =>
      (await client.send({
        method: 'PATCH',
        path: objectPath(RecommenderModel, { namespace, name }),
        query: { fieldManager },
        contentType: 'application/merge-patch+json',
        body: { metadata: { annotations } },
      })) as Model,
    whoAmI: () => whoAmI(client),
  };
}

/** By version number, unlike the cluster's lists: 1.10.0 is newer than 1.9.0. Numbers too large to compare come last. */
export function newestFirst<T extends { spec: { version: string } }>(versions: readonly T[]): T[] {
  const numberOf = ({ spec }: T) => semver.parse(spec.version) ?? '0.0.0';
  return versions.toSorted((a, b) => semver.rcompare(numberOf(a), numberOf(b)));
}

/** This object is missing, not its kind. */
const isMissingObject = ({ details }: KubeError) => (details as { name?: string } | undefined)?.name !== undefined;

async function others(models: () => Promise<Model[]>): Promise<string> {
  const names = await models().then((all) => all.map(({ metadata }) => metadata.name), () => undefined);
  if (names === undefined) return '';
  if (names.length === 0) return ', which has no models; choose another with --namespace';
  return `; existing models: ${names.toSorted().join(', ')}`;
}

async function whoAmI(client: KubeClient): Promise<string | undefined> {
  const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', namespaced: false };
  const body = { apiVersion: kind.apiVersion, kind: kind.kind };
  const answer = await client.send({ method: 'POST', path: collectionPath(kind), body }).catch(() => undefined);
  return (answer as (KubernetesObject & { status?: { userInfo?: { username?: string } } }) | undefined)?.status?.userInfo?.username;
}
