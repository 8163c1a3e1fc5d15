import { existsSync } from 'node:fs';
import { addonDeployments } from './addons.ts';
import { partState } from './control.ts';
import { tryKubectl } from './kubectl.ts';
import { statePaths } from './layout.ts';
import { readOwner } from './owner.ts';
import { partNames } from './parts.ts';

type ClusterStatus = {
  /** All parts run and the add-ons are available. */
  up: boolean;
  /** Every part of the cluster, a process or a Deployment, with one word on its state. */
  parts: Record<string, string>;
  /** The checkout that brought it up. */
  owner?: string;
};

export async function clusterStatus(): Promise<ClusterStatus> {
  const owner = readOwner();
  const onHost = await Promise.all(partNames.map(async (name) => [name, owner ? await partState(name) : 'stopped'] as const));
  const apiAnswers = onHost.some(([name, state]) => name === 'kube-apiserver' && state === 'running');
  const inCluster = await Promise.all(
    addonDeployments.map(async (addon) => [addon.name, apiAnswers ? await deploymentState(addon) : 'unknown'] as const),
  );
  const parts = Object.fromEntries([...onHost, ...inCluster]);
  const up = Object.values(parts).every((state) => state === 'running');
  return owner ? { up, parts, owner: owner.checkout } : { up, parts };
}

async function deploymentState({ name, namespace }: { name: string; namespace: string }): Promise<string> {
  const query = ['get', 'deployment', name, '-n', namespace, '-o', 'jsonpath={.status.availableReplicas}'];
  const { code, stdout } = await tryKubectl(query);
  if (code !== 0) return 'missing';
  return Number(stdout) > 0 ? 'running' : 'not available';
}

/** A table for the terminal. */
export async function describeStatus(status: ClusterStatus): Promise<string> {
  const rows = Object.entries(status.parts).map(([name, state]) => `  ${name.padEnd(26)}${state}`);
  const head = status.owner ? `cluster of ${status.owner}: ${status.up ? 'up' : 'not complete'}` : 'no cluster';
  const pods = status.owner && existsSync(statePaths.kubeconfig) ? (await tryKubectl(['get', 'pods', '-A', '-o', 'wide'])).stdout : '';
  return [head, ...rows, pods].join('\n').trimEnd();
}
