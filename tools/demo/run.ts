import { type Environment, environmentOf } from '../testenv/environment.ts';
import { leaderOf, OPERATOR_NAMESPACE } from '../testenv/install.ts';
import { openStore } from '../testenv/store.ts';
import type { Strategy } from './args.ts';
import type { DemoEnvironment } from './demoEnvironment.ts';
import { DemoFailure } from './failure.ts';
import { integer, rowsFor } from './format.ts';
import { helmCommand } from './installation.ts';
import type { Output } from './output.ts';
import { startReaders, watchReaders } from './readers.ts';
import { releaseFirst } from './releases.ts';
import { blueGreen } from './scenarios/blueGreen.ts';
import { canary } from './scenarios/canary.ts';
import { type DemoResult, type Scenario, withSpec } from './scenarios/scenario.ts';
import { shadow } from './scenarios/shadow.ts';

const SCENARIOS: Record<Strategy, Scenario> = { canary, bluegreen: blueGreen, shadow };

export const introductionOf = (strategy: Strategy): string => SCENARIOS[strategy].introduction;

export interface DemoRun {
  result: DemoResult;
  /** `spec.release` of any published version. */
  release: Environment['release'];
}

/**
 * From an empty cluster to a promoted and a rejected version.
 * @throws DemoFailure at the first step that fails, with the commands that show more
 */
export async function runDemo(demo: DemoEnvironment, strategy: Strategy, output: Output): Promise<DemoRun> {
  const { cluster, images, namespace } = demo;
  const scenario = SCENARIOS[strategy];
  const model = [`kubectl -n ${namespace} describe rec books`, `kubectl -n ${OPERATOR_NAMESPACE} logs -l app.kubernetes.io/name=recommender-operator`];
  const store = [`kubectl -n ${namespace} get pods`, `kubectl -n ${namespace} logs store`];
  await section(output, 'The operator', [`kubectl -n ${OPERATOR_NAMESPACE} describe pods`], () => showInstallation(demo, output));
  const bundles = await section(output, 'A book shop trains models', store, () => train(demo, scenario, output));
  const environment = withSpec(environmentOf(cluster, namespace, { store: bundles, image: images.examples }), scenario.spec);
  const readers = startReaders(environment);
  await section(output, `Version ${scenario.first}, the first`, model, () => releaseFirst(environment, output, scenario));
  await section(output, 'Readers come', [`kubectl -n ${namespace} logs users`], () => watchReaders(environment, output, { readers, version: scenario.first }));
  const result = await scenario.run({ cluster, environment, output, section: (title, work) => section(output, title, model, work) });
  const { requests, failed } = await environment.seen();
  await section(output, 'What the cluster remembers', model, () => showRecords(demo, output));
  output.say(`Readers made ${integer(requests)} calls. ${failed === 0 ? 'None failed.' : `${integer(failed)} failed.`}`, failed === 0 ? 'good' : 'bad');
  if (failed > 0) throw new DemoFailure(`${integer(failed)} of ${integer(requests)} calls of readers failed; none should.`, [`kubectl -n ${namespace} logs users`]);
  return { result: { requests, failedRequests: failed, ...result }, release: environment.release };
}

async function section<T>(output: Output, title: string, look: readonly string[], work: () => Promise<T>): Promise<T> {
  output.section(title);
  try {
    return await work();
  } catch (error) {
    if (error instanceof DemoFailure && error.look.length > 0) throw error;
    throw new DemoFailure((error as Error).message, look, error);
  }
}

async function showInstallation(demo: DemoEnvironment, output: Output): Promise<void> {
  output.show(helmCommand(demo), 'command');
  await output.during('Installing', demo.installed);
  output.say(`Two pods of the operator run. ${(await leaderOf(demo.cluster)) ?? 'One'} leads; the other takes over if it dies.`);
}

async function train({ cluster, namespace }: DemoEnvironment, { trained }: Scenario, output: Output) {
  output.say(
    'A pod in the cluster makes up a shop: readers, books, and who read what. From that it trains several versions of a model, ' +
      'and publishes them as ONNX bundles over HTTP.',
  );
  const store = await output.during('Training', openStore(cluster, namespace));
  output.say('Some readings were held out. How many of them are among the ten books that a version recommends, and how high up:');
  const printed = await cluster.kubectl(['-n', namespace, 'logs', 'store']);
  output.show(rowsFor(['version', 'popularity', ...trained], printed));
  return store;
}

async function showRecords({ cluster, namespace }: DemoEnvironment, output: Output): Promise<void> {
  for (const kind of ['rec', 'mv']) {
    if (kind === 'mv') output.show('');
    output.show(`$ kubectl -n ${namespace} get ${kind}`, 'command');
    output.show(await cluster.kubectl(['-n', namespace, 'get', kind]));
  }
}
