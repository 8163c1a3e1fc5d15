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

type Say = (text: string) => void;

/**
 * Brings the cluster up, or up again: parts that run are left alone, parts that died are started, and what is left of
 * an earlier boot of the machine or of another checkout is removed first. Returns when CoreDNS, Argo Rollouts and
 * Prometheus are available.
 * @param onNode is called as soon as objects can be applied and the node starts their pods
 */
export function up(say: Say, onNode: () => void = () => undefined): Promise<void> {
  return exclusively(async () => {
    demandOwnership('up');
    const owner = readOwner();
    if (owner ? !belongsHere(owner) : ownProcesses().length > 0) {
      say('removing what is left of an earlier cluster');
      await takeDown(owner);
    }
    mkdirSync(stateDir, { recursive: true });
    writeOwner();
    await startAll(say, onNode);
  });
}

// Every part starts as soon as what it needs is there.
async function startAll(say: Say, onNode: () => void): Promise<void> {
  const isFirstStart = !existsSync(statePaths.kubelet);
  await Promise.all([ensureNetwork(), ensurePki()]);
  writeConfigs();
  say('starting etcd, kube-apiserver and containerd');
  const control = startControl();
  const store = startStore(isFirstStart);
  const afterControl = async (): Promise<void> => {
    await control;
    say('starting the other parts, and CoreDNS, Argo Rollouts and Prometheus');
    await Promise.all([startPart('kube-controller-manager'), startPart('kube-scheduler'), startPart('kube-proxy'), applyAddons()]);
  };
  const node = async (): Promise<void> => {
    // Without its images a pod would not start, and then wait before it is tried again.
    await Promise.all([control, store]);
    await startPart('kubelet');
    onNode();
  };
  await Promise.all([afterControl(), node()]);
  await demandAddons();
}

async function startControl(): Promise<void> {
  // An API server whose etcd was gone asks for it ever more seldom, up to minutes apart: it starts over too.
  if ((await partState('etcd')) === 'stopped') await killPart('kube-apiserver');
  await startPart('etcd');
  await startPart('kube-apiserver');
}

async function startStore(isFirstStart: boolean): Promise<void> {
  await startPart('containerd');
  if (isFirstStart) await tidyImageStore();
  await ensureThirdPartyImages();
}

// The image store outlives clusters: an unclean end leaves containers in its database, and old sources leave images.
async function tidyImageStore(): Promise<void> {
  await removeAllContainers();
  await removeOutdatedImages();
}

async function demandAddons(): Promise<void> {
  try {
    await waitForAddons(120);
  } catch (error) {
    const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
    const { stdout } = await tryKubectl(['get', 'node', nodeName, '-o', path]);
    if (stdout === 'True') throw error;
    throw new Error('the node does not get ready: “npm run cluster -- logs kubelet” says why', { cause: error });
  }
}
