import { existsSync, mkdirSync } from 'node:fs';
import { applyAddons, waitForAddons } from './addons.ts';
import { writeConfigs } from './configs.ts';
import { killPart, partState, startPart } from './control.ts';
import { takeDown } from './down.ts';
import { ensureNetwork } from './host.ts';
import { removeOutdatedImages } from './images.ts';
import { ensureThirdPartyImages } from './images/thirdparty.ts';
import { tryKubectl } from './kubectl.ts';
import { nodeName, stateDir, statePaths } from './layout.ts';
import { belongsHere, demandOwnership, exclusively, readOwner, writeOwner } from './owner.ts';
import { ensurePki } from './pki.ts';
import { ownProcesses, removeAllContainers } from './sweep.ts';
import { until } from './wait.ts';

type Say = (text: string) => void;

/**
 * Brings the cluster up, or up again: parts that run are left alone, parts that died are started, and what is left of
 * an earlier boot of the machine or of another checkout is removed first. Returns when CoreDNS, Argo Rollouts and
 * Prometheus are available.
 */
export function up(say: Say): Promise<void> {
  return exclusively(async () => {
    demandOwnership('up');
    const owner = readOwner();
    if (owner ? !belongsHere(owner) : ownProcesses().length > 0) {
      say('removing what is left of an earlier cluster');
      await takeDown(owner);
    }
    mkdirSync(stateDir, { recursive: true });
    writeOwner();
    await startHost(say);
    await startPods(say);
  });
}

async function startHost(say: Say): Promise<void> {
  await ensureNetwork();
  await ensurePki();
  writeConfigs();
  say('starting etcd, kube-apiserver and containerd');
  const control = async (): Promise<void> => {
    // An API server whose etcd was gone asks for it ever more seldom, up to minutes apart: it starts over too.
    if ((await partState('etcd')) === 'stopped') await killPart('kube-apiserver');
    await startPart('etcd');
    await startPart('kube-apiserver');
  };
  await Promise.all([control(), startPart('containerd')]);
}

async function startPods(say: Say): Promise<void> {
  const isFirstStart = !existsSync(statePaths.kubelet);
  if (isFirstStart) await tidyImageStore();
  say('starting kubelet, kube-proxy, kube-controller-manager and kube-scheduler');
  const images = ensureThirdPartyImages();
  const rest = Promise.all([
    startPart('kube-controller-manager'), startPart('kube-scheduler'), startPart('kubelet'), startPart('kube-proxy'),
  ]);
  const [names] = await Promise.all([images, rest]);
  say('applying CoreDNS, Argo Rollouts and Prometheus');
  await applyAddons(names);
  await until('the node does not get ready', 60_000, nodeIsReady);
  await waitForAddons(120);
}

// The image store outlives clusters: an unclean end leaves containers in its database, and old sources leave images.
async function tidyImageStore(): Promise<void> {
  await removeAllContainers();
  await removeOutdatedImages();
}

async function nodeIsReady(): Promise<boolean> {
  const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
  return (await tryKubectl(['get', 'node', nodeName, '-o', path])).stdout === 'True';
}
