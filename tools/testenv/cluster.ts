import { spawn } from 'node:child_process';
import { type KindName, KINDS } from '../../operator/api/kinds.ts';
import type { Kind, KubernetesObject, ObjectRef } from '../../operator/api/objects.ts';
import { connect, type KubeClient } from '../../operator/kube/client.ts';
import { kubeconfigEndpoint } from '../../operator/kube/kubeconfig.ts';
import { KubeError } from '../../operator/kube/errors.ts';
import { collectionPath, objectPath } from '../../operator/kube/paths.ts';

/** Kinds that only demo and tests touch. */
const OTHERS = {
  Namespace: { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  Secret: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  EndpointSlice: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', plural: 'endpointslices', namespaced: true },
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  PersistentVolume: { apiVersion: 'v1', kind: 'PersistentVolume', plural: 'persistentvolumes', namespaced: false },
  PersistentVolumeClaim: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', namespaced: true },
  CustomResourceDefinition: {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    namespaced: false,
  },
  Event: { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events', namespaced: true },
  Lease: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases', namespaced: true },
} as const satisfies Record<string, Kind>;

export type AnyKind = KindName | keyof typeof OTHERS;

const kindOf = (name: string): Kind => {
  const kind = ({ ...KINDS, ...OTHERS } as Record<string, Kind>)[name];
  if (!kind) throw new Error(`kind ${name} is not known here`);
  return kind;
};

/** What a person does with kubectl, for the cluster of a kubeconfig or one of its contexts. */
export interface Cluster {
  kubeconfig: string | undefined;
  context: string | undefined;
  get: (kind: AnyKind, ref: ObjectRef) => Promise<KubernetesObject | undefined>;
  list: (kind: AnyKind, namespace: string, labelSelector?: string) => Promise<KubernetesObject[]>;
  /** Server-side apply as somebody who is not the operator. */
  apply: (object: KubernetesObject) => Promise<KubernetesObject>;
  /** False when there was none. */
  remove: (kind: AnyKind, ref: ObjectRef) => Promise<boolean>;
  patchStatus: (kind: AnyKind, ref: ObjectRef, status: unknown) => Promise<void>;
  /** Text or JSON from an HTTP port of a pod, through the API server. */
  ask: (namespace: string, pod: string, port: number, path: string) => Promise<unknown>;
  /** Output of kubectl, for people to read. */
  kubectl: (args: readonly string[]) => Promise<string>;
  close: () => Promise<void>;
}

export function openCluster(options: { kubeconfig?: string; context?: string }): Cluster {
  const client = connect(kubeconfigEndpoint(options), { userAgent: 'recommender-demo' });
  const send: KubeClient['send'] = (request) => client.send(request);
  const flags = [
    ...(options.kubeconfig === undefined ? [] : ['--kubeconfig', options.kubeconfig]),
    ...(options.context === undefined ? [] : ['--context', options.context]),
  ];
  return {
    kubeconfig: options.kubeconfig,
    context: options.context,
    get: (kind, ref) => orMissing(send({ method: 'GET', path: objectPath(kindOf(kind), ref) })) as Promise<KubernetesObject | undefined>,
    list: async (kind, namespace, labelSelector) => {
      const answer = await send({ method: 'GET', path: collectionPath(kindOf(kind), namespace), query: { labelSelector } });
      return (answer as { items: KubernetesObject[] }).items;
    },
    apply: async (object) => {
      const path = objectPath(kindOf(object.kind), object.metadata);
      const query = { fieldManager: 'a-person', force: true };
      return (await send({ method: 'PATCH', path, query, body: object, contentType: 'application/apply-patch+yaml' })) as KubernetesObject;
    },
    remove: async (kind, ref) => {
      const body = { propagationPolicy: 'Background' };
      return (await orMissing(send({ method: 'DELETE', path: objectPath(kindOf(kind), ref), body }))) !== undefined;
    },
    patchStatus: async (kind, ref, status) => {
      const path = objectPath(kindOf(kind), ref, 'status');
      await send({ method: 'PATCH', path, body: { status }, contentType: 'application/merge-patch+json' });
    },
    ask: (namespace, pod, port, path) =>
      send({ method: 'GET', path: `/api/v1/namespaces/${namespace}/pods/${pod}:${String(port)}/proxy${path}` }),
    kubectl: (args) => output('kubectl', [...flags, ...args]),
    close: () => client.close(),
  };
}

async function orMissing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return undefined;
    throw error;
  }
}

/** Output of a program; throws its own words when it fails, and a sentence when it is not there. */
export function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', () => reject(new Error(`The program ${program} is needed and not on PATH: install it, or use the local cluster, which brings its own.`)));
    child.on('close', (code) => {
      const text = Buffer.concat(chunks).toString();
      if (code === 0) resolve(text);
      else reject(new Error(`${program} ${args.slice(0, 3).join(' ')} failed: ${Buffer.concat(errors).toString().trim()}`));
    });
  });
}
