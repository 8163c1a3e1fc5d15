import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import type { AnalysisRun } from '../../../operator/api/argo.ts';
import type { ModelVersion } from '../../../operator/api/model.ts';
import { LABELS } from '../../../operator/api/names.ts';
import type { KubernetesObject } from '../../../operator/api/objects.ts';
import { killPart, startPart } from '../../../tools/cluster/control.ts';
import { imageNames } from '../../../tools/cluster/images.ts';
import { network } from '../../../tools/cluster/layout.ts';
import type { AnyKind } from '../../../tools/testenv/cluster.ts';
import { OPERATOR_NAMESPACE } from '../../../tools/testenv/install.ts';
import { installLocalOperator } from '../../../tools/testenv/local.ts';
import { storeService } from '../../../tools/testenv/store.ts';
import { until } from '../../../tools/testenv/until.ts';
import { type Proxy, startProxy } from '../../apiserver/proxy.ts';
import { openE2E, statusWaiter } from '../e2e.ts';
import { endLeader } from '../endLeader.ts';
import { hostService } from '../hostService.ts';
import { ordered } from '../ordered.ts';
import { STORE_NAMESPACE } from '../shared.ts';

/**
 * What all models share goes away: Prometheus, Argo Rollouts, the operator, the API server, the store. Three models, one of each
 * strategy and each with users of its own, live through it together. Argo Rollouts asks Prometheus through a proxy on this machine.
 * The tests build on each other.
 */
jest.setTimeout(240_000);

const NAMESPACE = 'e2e-outages';
const PROMETHEUS = 9090;
/** Argo Rollouts gives a query up after thirty seconds. */
const TOO_SLOW_MS = 35_000;

/** Steps long enough that something can go away before they end. */
const DELIVERY = {
  canary: { canary: { steps: [{ weight: 20, hold: '10s' }] } },
  bluegreen: { strategy: 'BlueGreen', blueGreen: { weight: 20, validateFor: '5s' } },
  shadow: { strategy: 'Shadow', shadow: { holdFor: '10s' }, canary: { steps: [{ weight: 10, hold: '10s' }] } },
};
/** So many that a release by BlueGreen has not had them before something goes away. */
const MIN_REQUESTS = { canary: 40, bluegreen: 200, shadow: 40 };
type Name = keyof typeof DELIVERY;
const NAMES: readonly Name[] = ['canary', 'bluegreen', 'shadow'];

const e2e = await openE2E(NAMESPACE, async (cluster) => {
  await setReplicas('argo-rollouts', 1);
  await cluster.apply(storeService(STORE_NAMESPACE));
  await installLocalOperator(cluster, imageNames());
});
const { cluster } = e2e;
let proxy: Proxy;

beforeAll(async () => {
  const { spec } = (await cluster.get('Service', { namespace: 'monitoring', name: 'prometheus' })) as KubernetesObject & { spec: { clusterIP: string } };
  proxy = await startProxy(PROMETHEUS, { host: spec.clusterIP, listen: network.host });
  for (const object of hostService(NAMESPACE, 'prometheus', proxy.port, PROMETHEUS)) await cluster.apply(object);
  await installLocalOperator(cluster, imageNames(), `http://prometheus.${NAMESPACE}.svc:${String(PROMETHEUS)}`);
  for (const name of NAMES) await apply(name, '1.0.0');
  await Promise.all([untilServing('canary', '1.0.0'), ...(['bluegreen', 'shadow'] as const).flatMap((name) => [untilServing(name, '1.0.0'), startTraffic(name)])]);
});

afterAll(() => proxy.close());

const users = new Set<Name>();
async function startTraffic(name: Name): Promise<void> {
  await e2e.startTraffic(25, {}, name);
  users.add(name);
}

const apply = (name: Name, version: string, delivery: object = DELIVERY[name]) =>
  e2e.apply(version, {
    delivery,
    analysis: { interval: '3s', window: '20s', minRequests: MIN_REQUESTS[name], guardrails: { averageLatency: '1s', p99Latency: '4s' } },
    serving: { replicas: { min: 1, max: 1 }, resources: { requests: { cpu: '50m', memory: '192Mi' }, limits: { memory: '512Mi' } } },
  }, { name });

const untilStatus = (name: Name, ...args: Parameters<ReturnType<typeof statusWaiter>>) => statusWaiter(() => e2e.model(name))(`${name}: ${args[0]}`, args[1]);
const untilSaid = (name: Name, text: RegExp) => untilStatus(name, `the status says ${String(text)}`, ({ message }) => text.test(message ?? ''));
const untilServing = (name: Name, version: string) => untilStatus(name, `${version} serves`, ({ phase, champion }) => phase === 'Healthy' && champion?.version === version);
const untilShare = (name: Name, weight: number) => untilStatus(name, `${String(weight)}% of users try it`, ({ candidate }) => candidate?.weight === weight);

const NAMESPACES = { 'argo-rollouts': 'argo-rollouts', 'recommender-operator': OPERATOR_NAMESPACE };
const setReplicas = (name: keyof typeof NAMESPACES, replicas: number) =>
  cluster.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: NAMESPACES[name] }, spec: { replicas } });

/** Argo Rollouts is gone, and is missed by a candidate with this share of users. */
async function untilMissed(name: Name, weight: number, where: RegExp): Promise<void> {
  const { message, conditions, candidate } = await untilSaid(name, /Argo Rollouts has not acted on a step that was due at .* UTC; check that its controller is running\.$/);
  expect([candidate?.weight, message]).toEqual([weight, expect.stringMatching(where)]);
  expect(conditions).toContainEqual(expect.objectContaining({ type: 'Progressing', reason: 'ArgoRolloutsSilent' }));
}

/** Measurements by the gate that the canary is at. */
async function measuredAtGate(metric: string) {
  const runs = (await cluster.list('AnalysisRun', NAMESPACE)) as AnalysisRun[];
  const gates = runs.filter(({ metadata, status }) => metadata.name.startsWith('canary-') && metadata.labels?.['step-index'] === '2' && status?.phase === 'Running');
  return gates.flatMap(({ status }) => status?.metricResults ?? []).find(({ name }) => name === metric)?.measurements ?? [];
}

const step = ordered(async () => {
  for (const name of users) await e2e.nobodyGotAnError(name);
});

const AWAY = 'could not be measured: .*(refused|reset|EOF)';

describe('Prometheus', () => {
  step('is too slow: a second stack holds without users, and says so', async () => {
    proxy.delay(TOO_SLOW_MS);
    await apply('bluegreen', '2.0.0');
    await untilSaid('bluegreen', /^2\.0\.0 at 0% of users, step 1 of 2: .*could not be measured: .*(deadline|timeout|Timeout)/);
    expect((await e2e.model('bluegreen'))?.status?.candidate?.weight).toBe(0);
    await proxy.restore();
  });

  step('is away: a shadow holds, and a canary with the share that it has, before it has users and when it has', async () => {
    await apply('shadow', '2.0.0');
    await apply('canary', '2.0.0');
    await untilStatus('shadow', 'it is shadowed', ({ phase }) => phase === 'Shadow');
    await untilShare('canary', 20);
    await untilShare('bluegreen', 20);
    await proxy.refuse();
    const shadow = await untilSaid('shadow', new RegExp(`^2\\.0\\.0 is being shadowed: .*${AWAY}`));
    expect([shadow.candidate?.weight, shadow.phase]).toEqual([0, 'Shadow']);
    const said = new RegExp(`^2\\.0\\.0 at 20% of users, step 1 of 1: .*${AWAY}`);
    await untilSaid('canary', said);
    await startTraffic('canary');
    await until('the gate of the canary has asked in vain and again', async () => (await measuredAtGate('requests')).filter(({ phase }) => phase === 'Error').length >= 2, 60_000);
    const { candidate, champion } = await untilSaid('canary', said);
    expect([candidate?.weight, champion?.version]).toEqual([20, '1.0.0']);
  });
});

describe('Argo Rollouts', () => {
  step('is gone: each stays as it is, which its status names', async () => {
    await setReplicas('argo-rollouts', 0);
    await proxy.restore();
    await Promise.all([untilMissed('shadow', 0, /^2\.0\.0 is being shadowed/), untilMissed('canary', 20, /^2\.0\.0 at 20% of users/), untilMissed('bluegreen', 20, /^2\.0\.0 at 20% of users/)]);
  });

  step('is back: each goes on to users, or to everyone', async () => {
    await setReplicas('argo-rollouts', 1);
    await Promise.all([untilShare('shadow', 10), untilServing('canary', '2.0.0'), untilServing('bluegreen', '2.0.0')]);
  });

  step('is gone again, from the canary that follows a shadow; then everyone has it', async () => {
    await setReplicas('argo-rollouts', 0);
    await untilMissed('shadow', 10, /^2\.0\.0 at 10% of users/);
    await setReplicas('argo-rollouts', 1);
    await untilServing('shadow', '2.0.0');
  });
});

describe('operator and API server', () => {
  step('die in the middle of a release: it is promoted all the same, and no user who saw it went back', async () => {
    await apply('canary', '2.1.0', { canary: { steps: [{ weight: 10, hold: '3s' }, { weight: 50, hold: '3s' }] } });
    await untilShare('canary', 10);
    await endLeader(cluster, 'SIGKILL');
    await untilShare('canary', 50);
    await killPart('kube-apiserver');
    await startPart('kube-apiserver');
    await untilServing('canary', '2.1.0');
    const { switches } = await e2e.seen('canary');
    expect([(switches['2.0.0->2.1.0'] ?? 0) > 0, switches['2.1.0->2.0.0'] ?? 0]).toEqual([true, 0]);
  });

  step('a deleted model takes all with it but its versions, though store and operator are gone', async () => {
    for (const name of NAMES) await cluster.remove('Pod', { namespace: NAMESPACE, name: `users-of-${name}` });
    users.clear();
    await cluster.remove('Service', storeService(STORE_NAMESPACE).metadata);
    await setReplicas('recommender-operator', 0);
    await cluster.remove('RecommenderModel', { namespace: NAMESPACE, name: 'canary' });
    await until('nothing is left', async () => {
      const kinds: AnyKind[] = ['Rollout', 'Service', 'Ingress', 'AnalysisTemplate', 'PodDisruptionBudget', 'Role', 'RoleBinding', 'Job'];
      const lists = await Promise.all(kinds.map((kind) => cluster.list(kind, NAMESPACE, `app.kubernetes.io/managed-by=recommender-operator,${LABELS.model}=canary`)));
      return lists.flat().length === 0;
    }, 60_000);
    const versions = (await cluster.list('ModelVersion', NAMESPACE, `${LABELS.model}=canary`)) as ModelVersion[];
    expect(versions.map(({ spec }) => spec.version).sort()).toEqual(['1.0.0', '2.0.0', '2.1.0']);
    await setReplicas('recommender-operator', 2);
  });
});
