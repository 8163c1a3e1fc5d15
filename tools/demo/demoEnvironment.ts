import { ensureImages, type Images } from '../cluster/images.ts';
import { checkout, statePaths } from '../cluster/layout.ts';
import { clusterStatus } from '../cluster/status.ts';
import { up } from '../cluster/up.ts';
import { type Cluster, openCluster } from '../testenv/cluster.ts';
import type { Options, Where } from './args.ts';
import { sentence } from './format.ts';
import { type Installation, install } from './installation.ts';
import type { Output } from './output.ts';
import { checkCluster } from './requirements.ts';

/** The cluster and what the demo runs on it. */
export interface DemoEnvironment extends Installation {
  /** Resolves when the operator is ready. */
  installed: Promise<void>;
}

/** What has been created so far, for the cleanup: also when it was interrupted. */
export interface Made {
  localCluster: boolean;
}

export const localCluster = (): Cluster => openCluster({ kubeconfig: statePaths.kubeconfig });

/** A cluster that meets the requirements, with images it can run; the installation has begun. */
export async function prepareEnvironment(options: Options, output: Output, made: Made): Promise<DemoEnvironment> {
  const { where, prometheusUrl, namespace } = options;
  if (where.cluster === 'Other') {
    output.section(`The cluster of context ${where.context}`);
    const cluster = await checkCluster(where.context, prometheusUrl, output);
    return begin({ cluster, images: imagesAt(where), prometheusUrl, namespace, where }, output);
  }
  output.section('A Kubernetes on this machine');
  let environment: Promise<DemoEnvironment> | undefined;
  const start = (): Promise<DemoEnvironment> =>
    (environment ??= ensureImages((text) => output.say(sentence(text), 'quiet')).then((images) => begin({ cluster: localCluster(), images, prometheusUrl, namespace, where }, output)));
  // What needs none of CoreDNS, Argo Rollouts and Prometheus does not wait for them.
  await ensureCluster(output, made, () => void start().catch(() => undefined));
  const begun = await output.during('Getting the images ready', start());
  output.say('The images are ready: operator, model server, and the example shop with its readers.');
  return begun;
}

function begin(installation: Installation, output: Output): DemoEnvironment {
  const installed = install(installation, output);
  // It may fail before anybody waits for it.
  installed.catch(() => undefined);
  return { ...installation, installed };
}

async function ensureCluster(output: Output, made: Made, onNode: () => void): Promise<void> {
  const { up: isUp, owner } = await clusterStatus();
  if (isUp && owner === checkout) {
    output.say('It is already up, with Argo Rollouts and Prometheus.');
    return;
  }
  made.localCluster = owner === undefined;
  await output.during('Starting Kubernetes', up((text) => output.say(sentence(text), 'quiet'), onNode));
  output.say('It is up: a real API server, scheduler and kubelet, with CoreDNS, Argo Rollouts and Prometheus as pods.');
}

function imagesAt({ imagePrefix, imageTag }: Extract<Where, { cluster: 'Other' }>): Images {
  const image = (target: string): string => `${imagePrefix}recommender-${target}:${imageTag}`;
  return { operator: image('operator'), serving: image('serving'), examples: image('examples') };
}
