import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { binaryPath } from '../setup/binaries.mjs';
import type { ThirdPartyImages } from './images/thirdparty.ts';
import { kubectl } from './kubectl.ts';
import { network } from './layout.ts';

const addons = [
  { name: 'coredns', namespace: 'kube-system', objects: coredns },
  { name: 'argo-rollouts', namespace: 'argo-rollouts', objects: argoRollouts },
  { name: 'prometheus', namespace: 'monitoring', objects: prometheus },
] as const;

/** Name and namespace of the Deployments that every cluster has. */
export const addonDeployments: readonly { name: string; namespace: string }[] = addons;

/** Applies CoreDNS, Argo Rollouts and Prometheus. Pods start when the node is ready. */
export async function applyAddons(images: ThirdPartyImages): Promise<void> {
  await Promise.all(addons.map(({ namespace, objects }) => apply(namespace, objects(images))));
}

export async function waitForAddons(limitSeconds: number): Promise<void> {
  const wait = addons.map(({ name, namespace }) =>
    kubectl(['rollout', 'status', `deployment/${name}`, '-n', namespace, `--timeout=${limitSeconds}s`]),
  );
  await Promise.all(wait);
}

async function apply(namespace: string, objects: string): Promise<void> {
  await kubectl(['apply', '--server-side', '--force-conflicts', '-n', namespace, '-f', '-'], { input: objects });
}

const manifest = (file: string): string => readFileSync(join(import.meta.dirname, 'manifests', file), 'utf8');

function coredns(images: ThirdPartyImages): string {
  return manifest('coredns.yaml').replace('IMAGE', images.coredns).replace('CLUSTER_DNS', network.dns);
}

function prometheus(images: ThirdPartyImages): string {
  return manifest('prometheus.yaml').replace('IMAGE', images.prometheus);
}

// Argo's own install manifest, with nothing changed but where the image comes from and who it runs as.
function argoRollouts(images: ThirdPartyImages): string {
  const namespace = stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argo-rollouts' } });
  const documents = parseAllDocuments(readFileSync(binaryPath('argo-rollouts.yaml'), 'utf8'));
  for (const document of documents) {
    if (document.get('kind') !== 'Deployment') continue;
    const container = ['spec', 'template', 'spec', 'containers', 0];
    document.setIn([...container, 'image'], images.argoRollouts);
    document.setIn([...container, 'imagePullPolicy'], 'IfNotPresent');
  }
  return [namespace, ...documents.map((document) => document.toString())].join('\n---\n');
}
