import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import { binaryPath } from '../setup/binaries.mjs';
import { thirdPartyImages } from './images/thirdparty.ts';
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
export async function applyAddons(): Promise<void> {
  await Promise.all(addons.map(({ namespace, objects }) => apply(namespace, objects())));
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

function coredns(): string {
  return manifest('coredns.yaml').replace('IMAGE', thirdPartyImages.coredns).replace('CLUSTER_DNS', network.dns);
}

function prometheus(): string {
  return manifest('prometheus.yaml').replace('IMAGE', thirdPartyImages.prometheus);
}

// Argo's own install manifest, with only the source of the image changed. Only that document is parsed: the others are
  // 40,000 lines.
function argoRollouts(): string {
  const namespace = stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argo-rollouts' } });
  const documents = readFileSync(binaryPath('argo-rollouts.yaml'), 'utf8').split(/^---$/m);
  return [namespace, ...documents.map((text) => (/^kind: Deployment$/m.test(text) ? withOurImage(text) : text))].join('\n---\n');
}

function withOurImage(text: string): string {
  const deployment = parseDocument(text);
  const container = ['spec', 'template', 'spec', 'containers', 0];
  deployment.setIn([...container, 'image'], thirdPartyImages.argoRollouts);
  deployment.setIn([...container, 'imagePullPolicy'], 'IfNotPresent');
  return deployment.toString();
}
