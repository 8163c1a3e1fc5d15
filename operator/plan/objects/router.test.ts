import { describe, expect, it } from '@jest/globals';
import { ANNOTATIONS, LABELS } from '../../api/names.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import type { Pod, VirtualService } from '../../api/workload.ts';
import { analysisRun, CONFIG, digestOf, model, NOW, observed, rollout, version } from '../../testing/builders.ts';
import { expectInvariants } from '../../testing/invariants.ts';
import { plan } from '../plan.ts';
import { guardrailsOf, sampleSize } from '../spec/guardrails.ts';
import { queryOf } from '../spec/measurement.ts';
import type { Observed } from '../state/observed.ts';
import { type Router, routerNote } from '../state/routerInForce.ts';

const desired = (number: string, router: Router) => model(number, { spec: { delivery: { ...model(number).spec.delivery, router } } });
const champion = version('1.0.0', 'Champion');

function planned(situation: Observed) {
  const result = plan(situation, CONFIG, NOW);
  expectInvariants(situation, result);
  return result;
}

/** A Rollout that was made with this router. */
function made(number: string, router: Router, status: Parameters<typeof rollout>[1] = {}) {
  const live = rollout(number, status);
  return { ...live, metadata: { ...live.metadata, ...routerNote(desired(number, router)) } };
}

function pod(number: string, { ready = true } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${number}-${String(Math.random())}`,
      namespace: 'shop',
      labels: { [LABELS.component]: 'serving' },
      annotations: { [ANNOTATIONS.digest]: digestOf(number) },
    },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

const strategyOf = (objects: readonly KubernetesObject[]) => {
  const found = objects.find(({ kind }) => kind === 'Rollout');
  return (found?.['spec'] as { strategy: { canary: Record<string, unknown> } } | undefined)?.strategy.canary;
};
const kind = (objects: readonly KubernetesObject[], wanted: string) => objects.filter((each) => each.kind === wanted);
const serving = (router: Router, more: Partial<Observed> = {}) =>
  planned(observed(desired('1.0.0', router), { versions: [champion], rollout: made('1.0.0', router), ...more })).objects;

describe('BuiltIn', () => {
  it('tells the weight to the pods of the champion by a copy of an Ingress that nobody else reads', () => {
    const objects = serving({ type: 'BuiltIn' });
    expect(strategyOf(objects)?.['trafficRouting']).toEqual({
      nginx: {
        stableIngress: 'books',
        annotationPrefix: 'recommender.dev',
        additionalIngressAnnotations: { 'candidate-version': '1.0.0', 'candidate-digest': digestOf('1.0.0') },
      },
    });
    expect(kind(objects, 'Ingress')).toEqual([expect.objectContaining({ spec: expect.objectContaining({ ingressClassName: 'recommender' }) })]);
    expect(objects.find(({ kind: each }) => each === 'Rollout')?.metadata.annotations).not.toHaveProperty(['recommender.dev/router']);
    expect(JSON.stringify(objects)).toContain('CARRIER_INGRESS');
  });
});

describe('Nginx', () => {
  it('makes the Ingress that Argo Rollouts copies', () => {
    const objects = serving({ type: 'Nginx', nginx: { host: 'books.example.org', tlsSecret: 'books-tls' } });
    expect(strategyOf(objects)).toMatchObject({ stableService: 'books', canaryService: 'books-candidate', trafficRouting: { nginx: { stableIngress: 'books' } } });
    const backend = { service: { name: 'books', port: { number: 80 } } };
    expect(kind(objects, 'Ingress').map(({ spec }) => spec)).toEqual([
      {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['books.example.org'], secretName: 'books-tls' }],
        rules: [{ host: 'books.example.org', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      },
    ]);
  });

  it('leaves an Ingress of the user alone, and lets testers choose', () => {
    const objects = serving({ type: 'Nginx', nginx: { ingress: 'shop' }, testers: { header: 'X-Tester', value: 'yes' } });
    expect(strategyOf(objects)?.['trafficRouting']).toEqual({
      nginx: { stableIngress: 'shop', additionalIngressAnnotations: { 'canary-by-header': 'X-Tester', 'canary-by-header-value': 'yes' } },
    });
    expect(kind(objects, 'Ingress')).toEqual([]);
  });
});

describe('Istio', () => {
  const route = (weight: number) => [
    { destination: { host: 'books', port: { number: 80 } }, weight: 100 - weight },
    { destination: { host: 'books-candidate', port: { number: 80 } }, weight },
  ];

  it('makes a VirtualService for the whole mesh', () => {
    const objects = serving({ type: 'Istio' });
    expect(strategyOf(objects)?.['trafficRouting']).toEqual({ istio: { virtualService: { name: 'books', routes: ['recommend'] } } });
    expect(kind(objects, 'VirtualService').map(({ spec }) => spec)).toEqual([{ hosts: ['books'], http: [{ name: 'recommend', route: route(0) }] }]);
  });

  it('leaves its routes to Argo Rollouts once they are there', () => {
    const http = [{ name: 'books-testers', route: [] }, { name: 'recommend', route: route(10) }];
    const live = (hosts: string[]): VirtualService[] => [
      { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'books' }, spec: { hosts, http } },
    ];
    expect(kind(serving({ type: 'Istio' }, { virtualServices: live(['books']) }), 'VirtualService')).toEqual([]);
    const moved = kind(serving({ type: 'Istio', istio: { hosts: ['books.example.org'] } }, { virtualServices: live(['books']) }), 'VirtualService');
    expect(moved.map(({ spec }) => spec)).toEqual([{ hosts: ['books.example.org'], http }]);
  });

  it('takes the routes of a VirtualService of the user', () => {
    const objects = serving({ type: 'Istio', istio: { virtualService: { name: 'shop', routes: ['books'] } } });
    expect(strategyOf(objects)?.['trafficRouting']).toEqual({ istio: { virtualService: { name: 'shop', routes: ['books'] } } });
    expect(kind(objects, 'VirtualService')).toEqual([]);
  });

  it('tells the mesh of testers when there are pods for them', () => {
    const router: Router = { type: 'Istio', testers: { header: 'x-tester', value: 'yes' } };
    const situation = { versions: [champion, version('2.0.0', 'Challenger')], rollout: made('1.0.0', router) };
    const canary = strategyOf(planned(observed(desired('2.0.0', router), situation)).objects);
    const match = [{ headerName: 'x-tester', headerValue: { exact: 'yes' } }];
    expect((canary?.['steps'] as unknown[]).slice(0, 2)).toEqual([{ setWeight: 10 }, { setHeaderRoute: { name: 'books-testers', match } }]);
    expect(canary?.['trafficRouting']).toMatchObject({ managedRoutes: [{ name: 'books-testers' }] });
  });
});

describe('None', () => {
  const none: Router = { type: 'None' };

  it('has one Service over all pods, and Argo Rollouts counts replicas', () => {
    const objects = serving(none);
    expect(strategyOf(objects)).toEqual({ canaryService: 'books-candidate', maxSurge: '100%', maxUnavailable: 0, abortScaleDownDelaySeconds: 5 });
    expect(kind(objects, 'Ingress')).toEqual([]);
    expect(kind(objects, 'Service')[0]?.metadata.annotations).toEqual({ [ANNOTATIONS.router]: 'None' });
  });

  it('says what share the number of pods makes of a weight', () => {
    const situation = {
      versions: [champion, version('2.0.0', 'Challenger')],
      rollout: made('2.0.0', none, { stable: '1.0.0', currentStepIndex: 2 }),
      pods: [pod('1.0.0'), pod('1.0.0'), pod('2.0.0'), pod('2.0.0', { ready: false })],
      runs: [analysisRun('2.0.0', { requests: { phase: 'Inconclusive', value: '[62]' } })],
    };
    const { status } = planned(observed(desired('2.0.0', none), situation));
    expect(status.message).toBe('2.0.0 at 10% of users (actually 33%, by number of pods), step 1 of 2: 62 of 100 requests needed.');
    expect(status.candidate).toMatchObject({ weight: 10, step: 1 });
  });
});

describe('routers that leave the pods out of it', () => {
  const others: Router[] = [{ type: 'Nginx', nginx: { ingress: 'shop' } }, { type: 'Istio' }, { type: 'None' }];

  it.each(others)('$type: nothing forwards, and pods may read nothing', (router) => {
    const objects = serving(router);
    expect(kind(objects, 'Role')).toEqual([]);
    for (const name of ['CARRIER_INGRESS', 'CANDIDATE_SERVICE', 'POD_TEMPLATE_HASH', 'FORWARD_TIMEOUT_MS']) {
      expect(JSON.stringify(objects)).not.toContain(name);
    }
  });

  it.each(others)('$type: a candidate is judged by what its own pods tell, failures that users do not see included', (router) => {
    const desiredVersion = desired('2.0.0', router);
    const asked = [...guardrailsOf(desiredVersion), sampleSize(desiredVersion)].map(queryOf).join('\n');
    expect(asked).not.toContain('forwarded');
    expect(asked).toContain('recommendation_requests_total{model_namespace="{{args.namespace}}",model="{{args.model}}",version="{{args.version}}",outcome=~"error|rescued"}');
  });
});

describe('another router', () => {
  const istio: Router = { type: 'Istio' };
  const challenger = version('2.0.0', 'Challenger');

  it('comes to the champion at once, and what the one before divided requests by goes', () => {
    const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'books', namespace: 'shop' } };
    const result = planned(observed(desired('1.0.0', istio), { versions: [champion], rollout: rollout('1.0.0'), pods: [pod('1.0.0')], owned: [ingress] }));
    expect(strategyOf(result.objects)?.['trafficRouting']).toHaveProperty('istio');
    expect(result.prune).toEqual([ingress]);
  });

  it('waits while a candidate is under way, and says so', () => {
    const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'books', namespace: 'shop' } };
    const moving = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1, canary: { weights: { canary: { weight: 10 } } } });
    const result = planned(observed(desired('2.0.0', istio), { versions: [champion, challenger], rollout: moving, owned: [ingress] }));
    expect(kind(result.objects, 'Rollout')).toEqual([]);
    expect([kind(result.objects, 'VirtualService'), kind(result.objects, 'Ingress').length, result.prune]).toEqual([[], 1, []]);
    expect(JSON.stringify(kind(result.objects, 'AnalysisTemplate'))).toContain('recommendation_forwarded_total');
    expect(result.status.message).toBe(
      '2.0.0 at 10% of users, step 1 of 2: holding. The change of delivery.router to Istio takes effect once a single version serves everyone.',
    );
  });

  it('waits until the pods of a candidate that was given up are gone', () => {
    const back = rollout('1.0.0');
    const situation = { versions: [champion, version('2.0.0', 'Rejected')], rollout: back, pods: [pod('1.0.0'), pod('2.0.0')] };
    expect(strategyOf(planned(observed(desired('2.0.0', { type: 'None' }), situation)).objects)?.['trafficRouting']).toHaveProperty('nginx');
    const alone = { ...situation, pods: [pod('1.0.0')] };
    expect(strategyOf(planned(observed(desired('2.0.0', { type: 'None' }), alone)).objects)?.['trafficRouting']).toBeUndefined();
  });

  it('holds up no candidate while the pods of an earlier champion stand by: that one goes by the router before', () => {
    const situation = { versions: [version('0.9.0', 'Retired'), champion, challenger], rollout: rollout('1.0.0'), pods: [pod('1.0.0'), pod('0.9.0')] };
    const { objects, status } = planned(observed(desired('2.0.0', istio), situation));
    expect(JSON.stringify(kind(objects, 'Rollout'))).toContain(digestOf('2.0.0'));
    expect(strategyOf(objects)?.['trafficRouting']).toHaveProperty('nginx');
    expect(status.message).toBe('2.0.0 passed validation and its pods are starting. The change of delivery.router to Istio takes effect once a single version serves everyone.');
  });

  it('comes to the champion before a candidate starts beside it', () => {
    const { objects, status } = planned(observed(desired('2.0.0', istio), { versions: [champion, challenger], rollout: rollout('1.0.0') }));
    expect(JSON.stringify(kind(objects, 'Rollout'))).toContain(digestOf('1.0.0'));
    expect(status.message).toContain('2.0.0 waits until champion 1.0.0 serves everyone');
  });

  it('that names what is not there is told in the words of Argo Rollouts, and can be corrected', () => {
    const refused = made('1.0.0', { type: 'Nginx', nginx: { ingress: 'shop' } }, { phase: 'Degraded', message: 'InvalidSpec: ingress "shop" not found' });
    const result = planned(observed(desired('1.0.0', { type: 'Nginx', nginx: { ingress: 'store' } }), { versions: [champion], rollout: refused }));
    expect(result.status).toMatchObject({ phase: 'Degraded', message: 'Argo Rollouts rejected the Rollout (InvalidSpec: ingress "shop" not found).' });
    expect(strategyOf(result.objects)?.['trafficRouting']).toEqual({ nginx: { stableIngress: 'store' } });
  });

  it.each(['not JSON', '{"type":"Magic"}', 'null', '{"type":"Nginx","nginx":null}'])('survives a note that somebody wrote over: %s', (note) => {
    const moving = rollout('2.0.0', { stable: '1.0.0', currentStepIndex: 1 });
    const spoilt = { ...moving, metadata: { ...moving.metadata, annotations: { [ANNOTATIONS.router]: note } } };
    const result = planned(observed(desired('2.0.0', istio), { versions: [champion, challenger], rollout: spoilt }));
    expect(result.status.phase).toBe('Canary');
  });
});
