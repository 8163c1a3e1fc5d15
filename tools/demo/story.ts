import { join } from 'node:path';
import { checkout } from '../cluster/layout.ts';
import { helmArguments, installOperator, leaderOf, OPERATOR_NAMESPACE } from '../testenv/install.ts';
import { openShop, type Shop } from '../testenv/shop.ts';
import type { Strategy } from './args.ts';
import { claimOperatorNamespace, removeShopFully } from './belongings.ts';
import { DemoFailure } from './failure.ts';
import { blueGreen } from './plots/blueGreen.ts';
import { canary } from './plots/canary.ts';
import { asking, type Found, type Plot } from './plots/plot.ts';
import { shadow } from './plots/shadow.ts';
import { demandFreeNamespace } from './requirements.ts';
import { tellReaders } from './readers.ts';
import { tellFirst } from './releases.ts';
import type { Stage } from './stage.ts';
import type { Teller } from './tell.ts';
import { commandLines, number, rowsFor } from './words.ts';

const PLOTS: Record<Strategy, Plot> = { canary, bluegreen: blueGreen, shadow };

export const introductionOf = (strategy: Strategy): string => PLOTS[strategy].introduction;

/** What the last line tells of a story that went well. */
export type Outcome = Found & { requests: number; failedRequests: number };

export interface Told {
  outcome: Outcome;
  /** `spec.release` of any version of the shop. */
  release: Shop['release'];
}

/** A chart beside the code; the shop serves its bundles inside the cluster, so the allow-list is the cluster's own names. */
const CHART = 'charts/recommender-operator';
const ALLOWED_HOSTS = ['*.svc.cluster.local'];

/**
 * From an empty cluster to a promoted and a rejected version.
 * @throws DemoFailure when anything goes another way, with where to look
 */
export async function tellStory(stage: Stage, strategy: Strategy, tell: Teller): Promise<Told> {
  const { cluster, namespace } = stage;
  const plot = PLOTS[strategy];
  const model = [`kubectl -n ${namespace} describe rec books`, `kubectl -n ${OPERATOR_NAMESPACE} logs -l app.kubernetes.io/name=recommender-operator`];
  const store = [`kubectl -n ${namespace} get pods`, `kubectl -n ${namespace} logs store`];
  await chapter(tell, 'The operator', [`kubectl -n ${OPERATOR_NAMESPACE} describe pods`], () => tellInstallation(stage, tell));
  const shop = asking(await chapter(tell, 'A book shop trains models', store, () => tellTraining(stage, plot, tell)), plot.asked);
  await chapter(tell, `Version ${plot.first}, the first`, model, () => tellFirst(shop, tell, plot));
  await chapter(tell, 'Readers come', [`kubectl -n ${namespace} logs users`], () => tellReaders(shop, tell, plot.first));
  const found = await plot.play({ cluster, shop, tell, chapter: (title, work) => chapter(tell, title, model, work) });
  const { requests, failed } = await shop.seen();
  await chapter(tell, 'What the cluster remembers', model, () => tellRecord(stage, tell));
  tell.say(`Readers made ${number(requests)} calls. ${failed === 0 ? 'None failed.' : `${number(failed)} failed.`}`, failed === 0 ? 'good' : 'bad');
  if (failed > 0) throw new DemoFailure(`${number(failed)} of ${number(requests)} calls of readers failed, and none should.`, [`kubectl -n ${namespace} logs users`]);
  return { outcome: { requests, failedRequests: failed, ...found }, release: shop.release };
}

/** A part of the story; what goes wrong in it is told with where to look. */
async function chapter<T>(tell: Teller, title: string, look: readonly string[], work: () => Promise<T>): Promise<T> {
  tell.chapter(title);
  try {
    return await work();
  } catch (error) {
    if (error instanceof DemoFailure && error.look.length > 0) throw error;
    throw new DemoFailure((error as Error).message, look, error);
  }
}

async function tellInstallation({ cluster, images, prometheusUrl, where }: Stage, tell: Teller): Promise<void> {
  const options = { images, prometheusUrl, allowedHosts: ALLOWED_HOSTS, chart: CHART };
  tell.show(`$ helm ${commandLines(helmArguments(options), ['--namespace', '--set-string'])}`, 'command');
  if (where.cluster === 'Other') await claimOperatorNamespace(cluster);
  await tell.during('Installing', installOperator(cluster, { ...options, chart: join(checkout, CHART) }));
  tell.say(`Two pods of the operator run. ${(await leaderOf(cluster)) ?? 'One'} leads; the other takes over when it dies.`);
}

async function tellTraining({ cluster, images, namespace }: Stage, { trained }: Plot, tell: Teller): Promise<Shop> {
  await demandFreeNamespace(cluster, namespace);
  if (await tell.during('Removing the shop of an earlier demo', removeShopFully(cluster, namespace))) tell.say('The shop of an earlier demo was removed.', 'quiet');
  tell.say(
    'A pod in the cluster makes up a shop: readers, books, and who read what. From that it trains several versions of a model, ' +
      'and publishes them as ONNX bundles over HTTP.',
  );
  const shop = await tell.during('Training', openShop(cluster, namespace, images.examples));
  tell.say('Some readings were kept back. How many of them are among the ten books that a version recommends, and how far up:');
  const printed = await cluster.kubectl(['-n', namespace, 'logs', 'store']);
  tell.show(rowsFor(['version', 'popularity', ...trained], printed));
  return shop;
}

async function tellRecord({ cluster, namespace }: Stage, tell: Teller): Promise<void> {
  for (const kind of ['rec', 'mv']) {
    if (kind === 'mv') tell.show('');
    tell.show(`$ kubectl -n ${namespace} get ${kind}`, 'command');
    tell.show(await cluster.kubectl(['-n', namespace, 'get', kind]));
  }
}
