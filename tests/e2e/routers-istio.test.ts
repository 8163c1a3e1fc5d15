import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { leaderOf, OPERATOR_NAMESPACE } from '../../tools/testenv/install.ts';
import { until } from '../../tools/testenv/until.ts';
import { type Divider, openDivider, sharesOf } from './divider.ts';
import { routesOfVirtualService, type VirtualService } from './routes.ts';
import { openStage } from './stage.ts';
import { undone } from './undone.ts';

/**
 * A shop in a mesh, with real Argo Rollouts. There is no Istio here but for the kind of its routes: what a mesh would make of them
 * is made by a divider that all users go through. The tests are chapters.
 */
jest.setTimeout(240_000);

const SHOP = 'e2e-routers-istio';
const USERS_PER_SECOND = 40;
const TESTERS = { header: 'x-tester', value: 'yes' };

let divider: Divider;

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

const stage = await openStage(SHOP, {
  tidyUp: async (cluster) => {
    for (const { metadata } of KINDS) await cluster.remove('CustomResourceDefinition', metadata);
  },
});
afterAll(() => divider.close());

const through = (router: object, hold = '3s') => ({
  delivery: { canary: { steps: [{ weight: 20, hold }, { weight: 50, hold: '3s' }] }, progressDeadline: '1m', after: { watchFor: '0s' }, router },
});
const router = { type: 'Istio', testers: TESTERS };
const mesh = through(router);
const routes = async () => ((await stage.cluster.get('VirtualService', { namespace: SHOP, name: 'books' })) as VirtualService | undefined)?.spec.http;
const recommend = (weight: number) => ({
  name: 'recommend',
  route: [
    { destination: { host: 'books', port: { number: 80 } }, weight: 100 - weight },
    { destination: { host: 'books-candidate', port: { number: 80 } }, weight },
  ],
});
/** The version that answers a tester. */
const askAsTester = () => divider.ask({ [TESTERS.header]: TESTERS.value });

describe('a cluster without Istio', () => {
  it('is told what it lacks, and goes on by itself when it is there', async () => {
    await stage.shop.wish('1.0.0', mesh);
    await stage.untilStatus('it names the kind', ({ message }) => message === 'Missing in this cluster: VirtualService; install Istio, or choose another delivery.router. Nothing changes until then.');
    for (const kind of KINDS) await stage.cluster.apply(kind);
    await stage.untilServing('1.0.0');
    expect(await routes()).toEqual([recommend(0)]);
    divider = await openDivider(stage.cluster, SHOP, () => routesOfVirtualService(stage.cluster, SHOP));
    await stage.shop.openDoors(USERS_PER_SECOND, { TARGET: divider.origin });
  });
});

describe('Istio', () => {
  it('gives a candidate the share that stands in the route, step by step, and testers the candidate', async () => {
    await stage.shop.wish('2.0.0', mesh);
    await until('it has its first users', () => divider.shares('books-candidate').at(-1) === 20, 90_000);
    await until('testers are told apart', async () => (await routes())?.length === 2);
    expect(await routes()).toEqual([
      { name: 'books-testers', match: [{ headers: { 'x-tester': { exact: 'yes' } } }], route: [expect.objectContaining({ destination: expect.objectContaining({ host: 'books-candidate' }), weight: 100 })] },
      recommend(20),
    ]);
    await until('testers get it', async () => (await askAsTester()) === '2.0.0');
    expect(await Promise.all(Array.from({ length: 5 }, askAsTester))).toEqual(Array(5).fill('2.0.0'));
    await until('users meet it', async () => (await stage.shop.seen()).versions['2.0.0'] !== undefined);
    await stage.untilServing('2.0.0');
    expect(await sharesOf(divider)).toEqual([0, 20, 50, 0]);
    expect((await stage.version('2.0.0'))?.status?.decisions?.[0]).toMatchObject({ to: 'Champion', rule: 'GatesPassed' });
    expect(await routes()).toEqual([recommend(0)]);
    await stage.nobodyGotAnError();
  });

  it('takes the share away from a version that throws, and the testers, when Argo Rollouts has found Istio at its start', async () => {
    // From then on it reads its own copies of the routes; before, it asked for them.
    for (const act of ['restart', 'status']) await stage.cluster.kubectl(['rollout', act, 'deployment/argo-rollouts', '--namespace', 'argo-rollouts']);
    divider.follow(() => routesOfVirtualService(stage.cluster, SHOP));
    await stage.shop.wish('3.0.0', mesh);
    const { message } = await stage.untilStatus('it is rejected', ({ phase }) => phase === 'Rejected');
    // Whichever is measured first: the share of requests that failed, with their number, or errors by the minute.
    expect(message).toMatch(/^3\.0\.0 was rejected at 20% of users: .*(% of its requests failed \([1-9]\d* requests in 20s\)|inferences per minute failed \(in 20s\)), above the limit of [^.]+\./);
    await until('nobody is given to it', () => divider.shares('books-candidate').at(-1) === 0);
    await until('the testers\' route is gone', async () => (await routes())?.length === 1);
    expect(await routes()).toEqual([recommend(0)]);
    expect(divider.shares('books-candidate')).toEqual([0, 20, 0]);
    // The divider follows the routes a moment later than they are read here.
    await until('testers are back', async () => (await askAsTester()) === '2.0.0');
    await stage.nobodyGotAnError();
  });

  it('has a weight put back that somebody writes in the middle of a step', async () => {
    await until('Argo Rollouts is back on the champion', async () => (await stage.rollout())?.status?.phase === 'Healthy');
    await stage.shop.wish('1.0.0', through(router, '15s'));
    await until('it has its first users', () => divider.shares('books-candidate').at(-1) === 20, 90_000);
    await until('testers are told apart', async () => (await routes())?.length === 2);
    await stage.untilShare('1.0.0', 20);
    const http = (await routes())?.map((route) => (route.name === 'recommend' ? recommend(70) : route));
    await undone(stage.cluster, SHOP, { what: 'the weight in the route', kind: 'virtualservice', name: 'books', body: { spec: { http } } }, routes);
    expect([await routes(), (await stage.shop.model())?.status?.candidate]).toEqual([[expect.objectContaining({ name: 'books-testers' }), recommend(20)], expect.objectContaining({ weight: 20, step: 1 })]);
    await until('that is obeyed', () => divider.shares('books-candidate').at(-1) === 20);
    divider.follow(() => routesOfVirtualService(stage.cluster, SHOP));
    await stage.untilServing('1.0.0');
    expect(await sharesOf(divider)).toEqual([20, 50, 0]);
    await stage.nobodyGotAnError();
  });
});

describe('a cluster that loses Istio', () => {
  it('goes on with another router, and the operator with everything', async () => {
    await until('Argo Rollouts has made it the champion', async () => (await stage.rollout())?.status?.phase === 'Healthy');
    await stage.shop.wish('1.0.0', through({ type: 'BuiltIn' }));
    await until('the VirtualService is gone', async () => (await routes()) === undefined, 60_000);
    divider.follow(() => Promise.resolve([{ to: [{ service: 'books', weight: 100 }] }]));
    await stage.untilServing('1.0.0');
    const leader = await leaderOf(stage.cluster);
    for (const { metadata } of KINDS) {
      await stage.cluster.remove('CustomResourceDefinition', metadata);
      await until('nobody knows the kind', async () => (await stage.cluster.get('CustomResourceDefinition', metadata)) === undefined, 60_000);
    }
    await stage.shop.wish('2.1.0', through({ type: 'BuiltIn' }));
    await stage.untilServing('2.1.0');
    expect(await leaderOf(stage.cluster)).toBe(leader);
    const { status } = (await stage.cluster.get('Deployment', { namespace: OPERATOR_NAMESPACE, name: 'recommender-operator' })) as { status?: { readyReplicas?: number } };
    expect(status?.readyReplicas).toBe(2);
    await stage.nobodyGotAnError();
  });
});
