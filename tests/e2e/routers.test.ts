import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import type { KubernetesObject } from '../../operator/api/objects.ts';
import { until } from '../../tools/testenv/until.ts';
import { openE2E } from './e2e.ts';
import { ordered } from './ordered.ts';
import { routesOfIngresses } from './routes.ts';
import { sharesOf, startTrafficRouterStub, type TrafficRouterStub } from './trafficRouterStub.ts';
import { undisturbed } from './undisturbed.ts';
import { untilReverted } from './untilReverted.ts';

/**
 * One model goes from one router to the next, with real Argo Rollouts. There is no ingress-nginx here: what it would read from the
 * Ingresses is read and obeyed by a stub that all users go through. The tests build on each other.
 */
jest.setTimeout(240_000);

const NAMESPACE = 'e2e-routers';
const USERS_PER_SECOND = 40;
const TESTERS = { header: 'x-tester', value: 'yes' };
const WEIGHT = 'nginx.ingress.kubernetes.io/canary-weight';

const e2e = await openE2E(NAMESPACE);
let stub: TrafficRouterStub;

beforeAll(async () => {
  await e2e.apply('1.0.0', through({ type: 'BuiltIn' }));
  await e2e.untilServing('1.0.0');
  stub = await startTrafficRouterStub(e2e.cluster, NAMESPACE, () => Promise.resolve([{ to: [{ service: 'books', weight: 100 }] }]));
  await e2e.startTraffic(USERS_PER_SECOND, { TARGET: stub.origin });
});

afterAll(() => stub.close());

const through = (router: object, hold = '3s') => ({
  delivery: { canary: { steps: [{ weight: 20, hold }, { weight: 50, hold: '3s' }] }, router },
});
const answers = async () => (await e2e.seen()).versions;
const madeFor = async (router: string) => (await e2e.rollout())?.metadata.annotations?.['recommender.dev/router']?.includes(`"${router}"`) === true;
const canaryIngress = async () => (await e2e.cluster.get('Ingress', { namespace: NAMESPACE, name: 'books-books-canary' })) as (KubernetesObject & { spec: unknown }) | undefined;

/** The version that answers a tester. */
const askAsTester = () => stub.ask({ [TESTERS.header]: TESTERS.value });

const step = ordered(() => e2e.nobodyGotAnError());

describe('BuiltIn', () => {
  /** One of the champion's pods; what Prometheus does not see it cannot be said to apply. */
  async function showToPrometheus(isShown: boolean): Promise<void> {
    const pods = await e2e.cluster.list('Pod', NAMESPACE, 'app.kubernetes.io/component=serving');
    const [first] = pods.filter(({ metadata }) => metadata.annotations?.['recommender.dev/version'] === '1.0.0').map(({ metadata }) => metadata.name).sort();
    await e2e.cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: first ?? '', namespace: NAMESPACE, annotations: { 'prometheus.io/scrape': String(isShown) } } });
  }

  step('holds a step until every pod of the champion is seen to apply its weight', async () => {
    await showToPrometheus(false);
    await e2e.apply('2.0.0', through({ type: 'BuiltIn' }));
    const held = '2.0.0 at 20% of users, step 1 of 2: 1 pod of 1.0.0 does not report a weight of 20% yet.';
    await e2e.untilStatus('it waits for the pod, with requests enough', ({ message, verdicts }) =>
      message === held && verdicts?.some(({ metric, verdict }) => metric === 'requests' && verdict === 'Pass') === true);
    expect((await e2e.model())?.status?.candidate).toMatchObject({ weight: 20, step: 1 });
    await showToPrometheus(true);
    await e2e.untilServing('2.0.0');
    const [promotion] = await e2e.decisions('2.0.0');
    expect(promotion).toMatchObject({ rule: 'GatesPassed', evidence: expect.arrayContaining([expect.objectContaining({ metric: 'pods-behind', verdict: 'Pass', estimate: '0' })]) });
  });
});

describe('None', () => {
  step('takes over from the champion\'s pods once nobody else has any', async () => {
    await e2e.apply('2.0.0', through({ type: 'None' }));
    // The pods of the champion before stand for half a minute, and the Service of this router would lead to them.
    await e2e.untilStatus('it waits', ({ message }) => message === '2.0.0 serves everyone. The change of delivery.router to None takes effect once a single version serves everyone.');
    await until('the Rollout has it', () => madeFor('None'), 90_000);
    await e2e.untilSettledOn('2.0.0');
    await until('the Ingress for the weight is gone', async () => (await e2e.cluster.get('Ingress', { namespace: NAMESPACE, name: 'books' })) === undefined);
    await until('the Service leads to all pods', async () => {
      const { selector } = (await e2e.cluster.get('Service', { namespace: NAMESPACE, name: 'books' }))?.['spec'] as { selector: Record<string, string> };
      return !('rollouts-pod-template-hash' in selector);
    });
  });

  step('divides users by pods, tells the share in fact, and promotes', async () => {
    await e2e.apply('2.1.0', through({ type: 'None' }));
    await e2e.untilStatus('a pod of two is a third', ({ message }) => message?.startsWith('2.1.0 at 20% of users (actually 33%, by number of pods), step 1 of 2') === true);
    await until('users meet it', async () => (await answers())['2.1.0'] !== undefined);
    await e2e.untilStatus('it is at half', ({ message }) => message?.startsWith('2.1.0 at 50% of users, step 2 of 2') === true);
    await e2e.untilServing('2.1.0');
    const [promotion] = await e2e.decisions('2.1.0');
    expect(promotion).toMatchObject({ to: 'Champion', rule: 'GatesPassed' });
    expect(promotion?.evidence?.find(({ metric }) => metric === 'error-rate')).toMatchObject({ verdict: 'Pass', samples: expect.any(Number) });
  });
});

describe('Nginx', () => {
  const router = { type: 'Nginx', nginx: { host: 'books.example.org' }, testers: TESTERS };
  const nginx = through(router);

  step('takes over with an Ingress of its class', async () => {
    await e2e.apply('2.1.0', nginx);
    await until('the Rollout has it', () => madeFor('Nginx'), 90_000);
    await e2e.untilSettledOn('2.1.0');
    await until('Argo Rollouts has written its canary', async () => (await canaryIngress())?.metadata.annotations?.[WEIGHT] === '0');
    stub.follow(() => routesOfIngresses(e2e.cluster, NAMESPACE));
  });

  step('gives a candidate the share that stands on the Ingress, step by step, and testers the candidate', async () => {
    await e2e.apply('1.0.0', nginx);
    await until('it has its first users', () => stub.shares('books-candidate').at(-1) === 20, 90_000);
    expect(await canaryIngress()).toMatchObject({
      metadata: { annotations: {
        'nginx.ingress.kubernetes.io/canary': 'true',
        [WEIGHT]: '20',
        'nginx.ingress.kubernetes.io/canary-by-header': 'x-tester',
        'nginx.ingress.kubernetes.io/canary-by-header-value': 'yes',
      } },
      spec: {
        ingressClassName: 'nginx',
        rules: [{ host: 'books.example.org', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'books-candidate', port: { number: 80 } } } }] } }],
      },
    });
    // Nodes lead to the candidate's pods a moment after its Service does.
    await until('testers get it', async () => (await askAsTester()) === '1.0.0');
    expect(await Promise.all(Array.from({ length: 5 }, askAsTester))).toEqual(Array(5).fill('1.0.0'));
    const before = (await answers())['1.0.0']?.requests ?? 0;
    await until('users meet it', async () => ((await answers())['1.0.0']?.requests ?? 0) > before);
    await e2e.untilServing('1.0.0');
    expect(await sharesOf(stub)).toEqual([0, 20, 50, 0]);
    expect((await e2e.decisions('1.0.0'))[0]).toMatchObject({ to: 'Champion', rule: 'GatesPassed' });
  });

  step('takes the share away from a version that throws', async () => {
    stub.follow(() => routesOfIngresses(e2e.cluster, NAMESPACE));
    await e2e.apply('3.0.0', nginx);
    const { message } = await e2e.untilStatus('it is rejected', ({ phase }) => phase === 'Rejected');
    // Whichever is measured first: the share of requests that failed, with their number, or errors by the minute.
    expect(message).toMatch(/^3\.0\.0 was rejected at 20% of users: .*(% of its requests failed \([1-9]\d* requests in 20s\)|inferences per minute failed \(in 20s\)), above the limit of [^.]+\./);
    await until('nobody is given to it', () => stub.shares('books-candidate').at(-1) === 0);
    expect(stub.shares('books-candidate')).toEqual([0, 20, 0]);
    await e2e.untilSettledOn('1.0.0');
    // The header stays on the Ingress: testers go where the Service for candidates leads, which nodes follow a little later.
    await until('testers are back', async () => (await askAsTester()) === '1.0.0');
  });

  step('has a weight put back that somebody writes in the middle of a step', async () => {
    await e2e.apply('2.0.0', through(router, '15s'));
    await until('it has its first users', () => stub.shares('books-candidate').at(-1) === 20, 90_000);
    await e2e.untilShare('2.0.0', 20);
    const weight = async () => (await canaryIngress())?.metadata.annotations?.[WEIGHT];
    await undisturbed(() => untilReverted(e2e.cluster, NAMESPACE, { what: 'the weight for ingress-nginx', kind: 'ingress', name: 'books-books-canary', body: { metadata: { annotations: { [WEIGHT]: '70' } } } }, weight));
    expect([await weight(), (await e2e.model())?.status?.candidate]).toEqual(['20', expect.objectContaining({ weight: 20, step: 1 })]);
    await until('that is obeyed', () => stub.shares('books-candidate').at(-1) === 20);
    stub.follow(() => routesOfIngresses(e2e.cluster, NAMESPACE));
    await e2e.untilServing('2.0.0');
    expect(await sharesOf(stub)).toEqual([20, 50, 0]);
  });
});
