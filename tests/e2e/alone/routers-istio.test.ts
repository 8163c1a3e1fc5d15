import { afterAll, describe, expect, jest } from '@jest/globals';
import { leaderOf, OPERATOR_NAMESPACE } from '../../../tools/testenv/install.ts';
import { QUICK } from '../../../tools/testenv/model.ts';
import { until } from '../../../tools/testenv/until.ts';
import { openE2E } from '../e2e.ts';
import { ordered } from '../ordered.ts';
import { routesOfVirtualService, type VirtualService } from '../routes.ts';
import { sharesOf, startTrafficRouterStub, type TrafficRouterStub } from '../trafficRouterStub.ts';
import { untilReverted } from '../untilReverted.ts';

/**
 * A model in a mesh, with real Argo Rollouts. There is no Istio here but for the kind of its routes: what a mesh would make of them
 * is made by a stub that all users go through. The tests build on each other.
 */
jest.setTimeout(240_000);

const NAMESPACE = 'e2e-routers-istio';
const USERS_PER_SECOND = 40;
const TESTERS = { header: 'x-tester', value: 'yes' };

let stub: TrafficRouterStub;

/** Two kinds as Istio installs them, in the versions that matter here: v1 is the operator's, v1alpha3 the default of Argo Rollouts. */
const KINDS = ['VirtualService', 'DestinationRule'].map((kind) => {
  const singular = kind.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.networking.istio.io` },
    spec: {
      group: 'networking.istio.io',
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural: `${singular}s`, singular },
      versions: ['v1', 'v1alpha3'].map((name) => ({
        name,
        served: true,
        storage: name === 'v1',
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } },
      })),
    },
  };
});

const e2e = await openE2E(NAMESPACE, async (cluster) => {
  for (const { metadata } of KINDS) await cluster.remove('CustomResourceDefinition', metadata);
});
afterAll(() => stub.close());

const through = (router: object, hold = '3s') => ({
  delivery: { canary: { steps: [{ weight: 20, hold }, { weight: 50, hold: '3s' }] }, router },
});
const router = { type: 'Istio', testers: TESTERS };
const mesh = through(router);
const routes = async () => ((await e2e.cluster.get('VirtualService', { namespace: NAMESPACE, name: 'books' })) as VirtualService | undefined)?.spec.http;
const recommend = (weight: number) => ({
  name: 'recommend',
  route: [
    { destination: { host: 'books', port: { number: 80 } }, weight: 100 - weight },
    { destination: { host: 'books-candidate', port: { number: 80 } }, weight },
  ],
});
/** The version that answers a tester. */
const askAsTester = () => stub.ask({ [TESTERS.header]: TESTERS.value });

const step = ordered(() => e2e.nobodyGotAnError());

describe('a cluster without Istio', () => {
  step('is told what it lacks, and goes on by itself when it is there', async () => {
    await e2e.apply('1.0.0', mesh);
    await e2e.untilStatus('it names the kind', ({ message }) => message === 'Missing in this cluster: VirtualService; install Istio, or choose another delivery.router. Nothing changes until then.');
    for (const kind of KINDS) await e2e.cluster.apply(kind);
    await e2e.untilServing('1.0.0');
    expect(await routes()).toEqual([recommend(0)]);
    stub = await startTrafficRouterStub(e2e.cluster, NAMESPACE, () => routesOfVirtualService(e2e.cluster, NAMESPACE));
    await e2e.startTraffic(USERS_PER_SECOND, { TARGET: stub.origin });
  });
});

describe('Istio', () => {
  step('gives a candidate the share that stands in the route, step by step, and testers the candidate', async () => {
    await e2e.apply('2.0.0', mesh);
    await until('it has its first users', () => stub.shares('books-candidate').at(-1) === 20, 90_000);
    await until('testers are told apart', async () => (await routes())?.length === 2);
    expect(await routes()).toEqual([
      { name: 'books-testers', match: [{ headers: { 'x-tester': { exact: 'yes' } } }], route: [expect.objectContaining({ destination: expect.objectContaining({ host: 'books-candidate' }), weight: 100 })] },
      recommend(20),
    ]);
    await until('testers get it', async () => (await askAsTester()) === '2.0.0');
    expect(await Promise.all(Array.from({ length: 5 }, askAsTester))).toEqual(Array(5).fill('2.0.0'));
    await until('users meet it', async () => (await e2e.seen()).versions['2.0.0'] !== undefined);
    await e2e.untilServing('2.0.0');
    expect(await sharesOf(stub)).toEqual([0, 20, 50, 0]);
    expect((await e2e.version('2.0.0'))?.status?.decisions?.[0]).toMatchObject({ to: 'Champion', rule: 'GatesPassed' });
    expect(await routes()).toEqual([recommend(0)]);
  });

  step('has a weight reverted that somebody writes, takes the share and the testers away from a version that throws', async () => {
    // From then on Argo Rollouts reads its own copies of the routes; before, it asked for them.
    for (const act of ['restart', 'status']) await e2e.cluster.kubectl(['rollout', act, 'deployment/argo-rollouts', '--namespace', 'argo-rollouts']);
    stub.follow(() => routesOfVirtualService(e2e.cluster, NAMESPACE));
    // Measured so seldom that there is time for the edit before it is rejected.
    await e2e.apply('3.0.0', { ...through(router, '15s'), analysis: { ...QUICK.analysis, interval: '12s' } });
    await until('it has its first users', () => stub.shares('books-candidate').at(-1) === 20, 90_000);
    await until('testers are told apart', async () => (await routes())?.length === 2);
    const http = (await routes())?.map((route) => (route.name === 'recommend' ? recommend(70) : route));
    await untilReverted(e2e.cluster, NAMESPACE, { what: 'the weight in the route', kind: 'virtualservice', name: 'books', body: { spec: { http } } }, routes);
    expect([await routes(), (await e2e.model())?.status?.candidate]).toEqual([[expect.objectContaining({ name: 'books-testers' }), recommend(20)], expect.objectContaining({ weight: 20, step: 1 })]);
    await until('that is obeyed', () => stub.shares('books-candidate').at(-1) === 20);
    stub.follow(() => routesOfVirtualService(e2e.cluster, NAMESPACE));

    const { message } = await e2e.untilStatus('it is rejected', ({ phase }) => phase === 'Rejected');
    // Whichever is measured first: the share of requests that failed, with their number, or errors by the minute.
    expect(message).toMatch(/^3\.0\.0 was rejected at 20% of users: .*(% of its requests failed \([1-9]\d* requests in 20s\)|inferences per minute failed \(in 20s\)), above the limit of [^.]+\./);
    await until('nobody is given to it', () => stub.shares('books-candidate').at(-1) === 0);
    await until('the testers\' route is gone', async () => (await routes())?.length === 1);
    expect(await routes()).toEqual([recommend(0)]);
    expect(stub.shares('books-candidate')).toEqual([20, 0]);
    // The stub follows the routes a moment later than they are read here.
    await until('testers are back', async () => (await askAsTester()) === '2.0.0');
  });
});

describe('a cluster that loses Istio', () => {
  step('goes on with another router, and the operator with everything', async () => {
    await e2e.untilSettledOn('2.0.0');
    await e2e.apply('2.0.0', through({ type: 'BuiltIn' }));
    await until('the VirtualService is gone', async () => (await routes()) === undefined, 60_000);
    stub.follow(() => Promise.resolve([{ to: [{ service: 'books', weight: 100 }] }]));
    await e2e.untilServing('2.0.0');
    const leader = await leaderOf(e2e.cluster);
    for (const { metadata } of KINDS) {
      await e2e.cluster.remove('CustomResourceDefinition', metadata);
      await until('nobody knows the kind', async () => (await e2e.cluster.get('CustomResourceDefinition', metadata)) === undefined, 60_000);
    }
    await e2e.apply('2.1.0', through({ type: 'BuiltIn' }));
    await e2e.untilServing('2.1.0');
    expect(await leaderOf(e2e.cluster)).toBe(leader);
    const { status } = (await e2e.cluster.get('Deployment', { namespace: OPERATOR_NAMESPACE, name: 'recommender-operator' })) as { status?: { readyReplicas?: number } };
    expect(status?.readyReplicas).toBe(2);
  });
});
