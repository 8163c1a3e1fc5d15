import type { Cluster } from '../testenv/cluster.ts';
import { openCluster } from '../testenv/cluster.ts';
import { ensureImages, type Images } from '../cluster/images.ts';
import { checkout, statePaths } from '../cluster/layout.ts';
import { clusterStatus } from '../cluster/status.ts';
import { up } from '../cluster/up.ts';
import type { Options, Where } from './args.ts';
import { checkCluster } from './requirements.ts';
import type { Teller } from './tell.ts';
import { sentence } from './words.ts';

/** Where the story plays. */
export interface Stage {
  cluster: Cluster;
  images: Images;
  prometheusUrl: string;
  namespace: string;
  where: Where;
}

/** What has been made so far, for whoever cleans up: also when the making was interrupted. */
export interface Made {
  localCluster: boolean;
}

export const localCluster = (): Cluster => openCluster({ kubeconfig: statePaths.kubeconfig });

/** A cluster that has all it takes, with images it can run. */
export async function prepareStage(options: Options, tell: Teller, made: Made): Promise<Stage> {
  const { where, prometheusUrl, namespace } = options;
  if (where.cluster === 'Other') {
    tell.chapter(`The cluster of context ${where.context}`);
    const cluster = await checkCluster(where.context, prometheusUrl, tell);
    return { cluster, images: imagesAt(where), prometheusUrl, namespace, where };
  }
  tell.chapter('A Kubernetes on this machine');
  await ensureCluster(tell, made);
  const images = await tell.during('Getting the images ready', ensureImages((text) => tell.say(sentence(text), 'quiet')));
  tell.say('Our images are there: operator, model server, and the shop with its readers.');
  return { cluster: localCluster(), images, prometheusUrl, namespace, where };
}

async function ensureCluster(tell: Teller, made: Made): Promise<void> {
  const { up: isUp, owner } = await clusterStatus();
  if (isUp && owner === checkout) {
    tell.say('It is up already, with Argo Rollouts and Prometheus.');
    return;
  }
  made.localCluster = owner === undefined;
  await tell.during('Starting Kubernetes', up((text) => tell.say(sentence(text), 'quiet')));
  tell.say('It is up: a real API server, scheduler and kubelet, with CoreDNS, Argo Rollouts and Prometheus as pods.');
}

function imagesAt({ imagePrefix, imageTag }: Extract<Where, { cluster: 'Other' }>): Images {
  const image = (target: string): string => `${imagePrefix}recommender-${target}:${imageTag}`;
  return { operator: image('operator'), serving: image('serving'), examples: image('examples') };
}
