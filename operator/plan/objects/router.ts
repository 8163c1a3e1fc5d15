import type { IRollout } from '@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/Rollout';
import { CARRIER } from '../../../serving/contract/carrier.ts';
import { SERVICE_PORT } from '../../../serving/contract/http.ts';
import type { RecommenderModel, Release } from '../../api/model.ts';
import { carrierKey, INGRESS_CLASS, namesOf } from '../../api/names.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import type { RouterType } from '../spec/router.ts';
import { ownedMeta } from './owned.ts';

type Canary = NonNullable<NonNullable<IRollout['spec']['strategy']>['canary']>;

/** How Argo Rollouts divides requests between champion and candidate, and the object it needs for that. */
interface Routing {
  /** Part of the Rollout's canary strategy. @param shadowPercent of users, if the release is to be shadowed */
  strategy: (release: Release, shadowPercent?: number) => Partial<Canary>;
  /** What the operator makes for it besides the Services. */
  object?: KubernetesObject;
}

const ROUTERS: Record<RouterType, (model: RecommenderModel) => Routing> = { BuiltIn: builtIn, Nginx: nginx, Istio: istio, None: none };

export const routingOf = (model: RecommenderModel): Routing => ROUTERS[model.spec.delivery.router.type](model);

/** The name of the HTTP route in a VirtualService that the operator makes. */
const ROUTE = 'recommend';

/**
 * The champion's pods divide the users. No ingress controller serves this class: Argo Rollouts copies the Ingress into the
 * weight carrier.
 */
function builtIn(model: RecommenderModel): Routing {
  return {
    strategy: ({ version, digest }, shadowPercent) => ({
      ...services(model),
      trafficRouting: {
        nginx: {
          stableIngress: namesOf(model.metadata.name).stableIngress,
          annotationPrefix: CARRIER.prefix,
          additionalIngressAnnotations: {
            [carrierKey(CARRIER.candidateVersion)]: version,
            [carrierKey(CARRIER.candidateDigest)]: digest,
            ...(shadowPercent === undefined ? {} : { [carrierKey(CARRIER.shadowPercent)]: String(shadowPercent) }),
          },
        },
      },
    }),
    object: ingress(model, { ingressClassName: INGRESS_CLASS }),
  };
}

/** ingress-nginx divides the requests: Argo Rollouts copies the Ingress into one of its canary Ingresses. */
function nginx(model: RecommenderModel): Routing {
  const { nginx: settings, testers } = model.spec.delivery.router;
  const { host, className = 'nginx', tlsSecret } = settings ?? {};
  const forTesters = testers && { 'canary-by-header': testers.header, 'canary-by-header-value': testers.value };
  return {
    strategy: () => ({
      ...services(model),
      trafficRouting: {
        nginx: {
          stableIngress: settings?.ingress ?? namesOf(model.metadata.name).stableIngress,
          ...(forTesters ? { additionalIngressAnnotations: forTesters } : {}),
        },
      },
    }),
    ...(host === undefined
      ? {}
      : {
          object: ingress(model, {
            ingressClassName: className,
            host,
            ...(tlsSecret === undefined ? {} : { tls: [{ hosts: [host], secretName: tlsSecret }] }),
          }),
        }),
  };
}

/** The mesh divides the requests: Argo Rollouts writes weights into the routes of a VirtualService. */
function istio(model: RecommenderModel): Routing {
  const { istio: settings, testers } = model.spec.delivery.router;
  const names = namesOf(model.metadata.name);
  return {
    strategy: () => ({
      ...services(model),
      trafficRouting: {
        istio: { virtualService: settings?.virtualService ?? { name: names.virtualService, routes: [ROUTE] } },
        ...(testers ? { managedRoutes: [{ name: names.testersRoute }] } : {}),
      },
    }),
    ...(settings?.virtualService ? {} : { object: virtualService(model, settings ?? {}) }),
  };
}

/** One Service over all pods: the share of users is the share of pods. The candidate has an address of its own besides. */
function none(model: RecommenderModel): Routing {
  return { strategy: () => ({ canaryService: namesOf(model.metadata.name).candidateService }) };
}

function services(model: RecommenderModel): Partial<Canary> {
  const { championService, candidateService } = namesOf(model.metadata.name);
  return { stableService: championService, canaryService: candidateService };
}

/** An Ingress that leads to the champion: the rule that Argo Rollouts looks for and copies. */
function ingress(
  model: RecommenderModel,
  { host, ...spec }: { ingressClassName: string; host?: string; tls?: unknown[] },
): KubernetesObject {
  const names = namesOf(model.metadata.name);
  const backend = { service: { name: names.championService, port: { number: SERVICE_PORT } } };
  const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: ownedMeta(model, names.stableIngress),
    spec: { ...spec, rules: [{ ...(host === undefined ? {} : { host }), http }] },
  };
}

function virtualService(model: RecommenderModel, { hosts, gateways }: { hosts?: string[]; gateways?: string[] }): KubernetesObject {
  const names = namesOf(model.metadata.name);
  const to = (host: string, weight: number) => ({ destination: { host, port: { number: SERVICE_PORT } }, weight });
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: ownedMeta(model, names.virtualService),
    spec: {
      hosts: hosts ?? [names.championService],
      ...(gateways ? { gateways } : {}),
      http: [{ name: ROUTE, route: [to(names.championService, 100), to(names.candidateService, 0)] }],
    },
  };
}
