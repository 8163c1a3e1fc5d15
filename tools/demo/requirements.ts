import { isStatus, KubeError, messageOf } from '../../operator/kube/errors.ts';
import { type Cluster, openCluster, output } from '../testenv/cluster.ts';
import { OPERATOR_NAMESPACE } from '../testenv/install.ts';
import { DemoFailure } from './failure.ts';
import type { Output } from './output.ts';
import { madeByDemo } from './ownership.ts';

const ARGO_KINDS = ['rollouts', 'analysisruns', 'analysistemplates'].map((plural) => `${plural}.argoproj.io`);
const ANSWER_MS = 10_000;

/**
 * Checks an existing cluster before anything is changed.
 * @throws DemoFailure with one sentence for the first thing that is missing
 */
export async function checkCluster(context: string, prometheusUrl: string, output: Output): Promise<Cluster> {
  await demandPrograms();
  const cluster = open(context);
  await demandAnswer(cluster, context);
  await demandArgoRollouts(cluster);
  const answers = await demandPrometheus(cluster, prometheusUrl);
  await demandNoOtherOperator(cluster);
  output.say('It answers and has Argo Rollouts.');
  output.say(answers ? `Prometheus answers at ${prometheusUrl}.` : `Whether Prometheus answers at ${prometheusUrl} can only be checked from inside the cluster.`);
  return cluster;
}

async function demandPrograms(): Promise<void> {
  await output('kubectl', ['version', '--client']);
  await output('helm', ['version', '--short']);
}

function open(context: string): Cluster {
  try {
    return openCluster({ context });
  } catch (error) {
    throw new DemoFailure(`Context “${context}” cannot be used: ${messageOf(error)}.`, ['kubectl config get-contexts']);
  }
}

async function demandAnswer(cluster: Cluster, context: string): Promise<void> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('no answer within 10 s')), ANSWER_MS).unref();
  });
  try {
    await Promise.race([cluster.get('Namespace', { name: 'default' }), late]);
  } catch (error) {
    const refused = error instanceof KubeError && (error.status === 401 || error.status === 403);
    const what = refused ? 'does not let you in' : 'does not answer';
    throw new DemoFailure(`The cluster of context “${context}” ${what}: ${messageOf(error)}.`, [`kubectl --context ${context} version`]);
  }
}

async function demandArgoRollouts(cluster: Cluster): Promise<void> {
  for (const name of ARGO_KINDS) {
    if (await cluster.get('CustomResourceDefinition', { name })) continue;
    throw new DemoFailure(`The cluster has no ${name}: install Argo Rollouts first, see https://argo-rollouts.readthedocs.io/.`);
  }
}

/** False where it cannot be tried: only for NAME.NAMESPACE does the API server pass a request on. */
async function demandPrometheus(cluster: Cluster, url: string): Promise<boolean> {
  const { hostname, port, protocol, pathname } = new URL(url);
  const [name, namespace, ...rest] = hostname.split('.');
  const isService = name && namespace && Number.isNaN(Number(namespace)) && (rest.length === 0 || rest[0] === 'svc');
  if (!isService) return false;
  const scheme = protocol === 'https:' ? 'https:' : '';
  const service = `${scheme}${name}:${port || (scheme ? '443' : '80')}`;
  try {
    await cluster.kubectl(['get', '--raw', `/api/v1/namespaces/${namespace}/services/${service}/proxy${pathname.replace(/\/$/, '')}/-/ready`]);
    return true;
  } catch {
    throw new DemoFailure(
      `No Prometheus answers at ${url} in the cluster, and without one no release moves on: give its address as the cluster sees it with --prometheus URL.`,
      [`kubectl -n ${namespace} get service ${name}`],
    );
  }
}

async function demandNoOtherOperator(cluster: Cluster): Promise<void> {
  const name = 'recommender-operator';
  if (!(await cluster.get('Deployment', { namespace: OPERATOR_NAMESPACE, name })) || (await madeByDemo(cluster, OPERATOR_NAMESPACE))) return;
  throw new DemoFailure(
    `The operator is already installed in this cluster, and the demo would change its settings: use a cluster without it.`,
    [`helm --namespace ${OPERATOR_NAMESPACE} get values ${name}`],
  );
}

/** @throws DemoFailure when the namespace holds something that the demo did not make */
export async function demandFreeNamespace(cluster: Cluster, namespace: string): Promise<void> {
  try {
    if (!(await cluster.get('Namespace', { name: namespace })) || (await madeByDemo(cluster, namespace))) return;
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    throw new DemoFailure(`The demo creates a namespace, and you may not read namespaces of this cluster: ${messageOf(error)}.`);
  }
  throw new DemoFailure(
    `The namespace ${namespace} exists and was not created by the demo, which would delete everything in it: choose another with --namespace NAME.`,
    [`kubectl get all --namespace ${namespace}`],
  );
}
