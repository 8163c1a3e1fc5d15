import { POD_TEMPLATE_HASH_LABEL } from '../../../serving/contract/carrier.ts';
import { SERVICE_PORT } from '../../../serving/contract/http.ts';
import type { RecommenderModel } from '../../api/model.ts';
import { ANNOTATIONS, namesOf } from '../../api/names.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import type { Service, VirtualService } from '../../api/workload.ts';
import type { Observed } from '../state/observed.ts';
import { ownedMeta, servingPodLabels } from './owned.ts';
import { routingOf } from './router.ts';

/** The Services of champion and candidate, and what the router divides the requests by. */
export function networkObjects(observed: Observed): KubernetesObject[] {
  const { model, virtualServices } = observed;
  const names = namesOf(model.metadata.name);
  const { object } = routingOf(model);
  return [
    service(observed, names.championService),
    service(observed, names.candidateService),
    ...(object?.kind === 'VirtualService' ? followingRoutes(object, virtualServices) : object ? [object] : []),
  ];
}

/**
 * A selector is one atomic field. Argo Rollouts narrows it to the pods of one template hash; from then on the hash is followed,
 * not owned: applying the same value again neither conflicts nor undoes its work. The apply is tied to this very state of the
 * Service, because a moment later Argo Rollouts may have given it other pods.
 */
function service(observed: Observed, name: string): KubernetesObject {
  const { model, services } = observed;
  const live = services.find((each) => each.metadata.name === name);
  const hash = hashOf(observed, name, live);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...ownedMeta(model, name), ...unlessNarrowed(model), ...asSeen(live) },
    spec: {
      selector: { ...servingPodLabels(model), ...(hash === undefined ? {} : { [POD_TEMPLATE_HASH_LABEL]: hash }) },
      ports: [{ name: 'http', port: SERVICE_PORT, targetPort: 'http', protocol: 'TCP' }],
    },
  };
}

/** Argo Rollouts notes on a Service that it has narrowed it. It never looks at one that has lost its hash, or that was deleted. */
function hashOf({ model, rollout }: Observed, name: string, live: Service | undefined): string | undefined {
  const hash = live?.spec?.selector?.[POD_TEMPLATE_HASH_LABEL];
  const isLost = live === undefined || live.metadata.annotations?.[NARROWED] !== undefined;
  if (hash !== undefined || !isLost) return hash;
  const { championService } = namesOf(model.metadata.name);
  const { stableRS, currentPodHash } = rollout?.status ?? {};
  const isChampions = name === championService;
  if (isChampions && model.spec.delivery.router.type === 'None') return undefined;
  return (isChampions ? stableRS : currentPodHash) || undefined;
}

const NARROWED = 'argo-rollouts.argoproj.io/managed-by-rollouts';

const asSeen = (live: KubernetesObject | undefined): { resourceVersion?: string } => {
  const resourceVersion = live?.metadata.resourceVersion;
  return resourceVersion === undefined ? {} : { resourceVersion };
};

/**
 * Where only the number of pods divides the users, the champion's Service routes to all of them. Argo Rollouts removes its hash
 * from a Service that no Rollout names any longer, but looks only when the Service changes: this annotation is such a change.
 */
function unlessNarrowed({ spec }: RecommenderModel): { annotations?: Record<string, string> } {
  const { type } = spec.delivery.router;
  return type === 'None' ? { annotations: { [ANNOTATIONS.router]: type } } : {};
}

/**
 * Once the route of a VirtualService exists it belongs to Argo Rollouts, which writes weights and the testers' route into a
 * list that is one field. So the live list is applied as it is, and nothing is applied while everything else matches.
 */
function followingRoutes(desired: KubernetesObject, live: readonly VirtualService[]): KubernetesObject[] {
  const asked = (desired as VirtualService).spec;
  const there = live.find(({ metadata }) => metadata.name === desired.metadata.name);
  const found = there?.spec;
  const isThere = asked?.http?.every((route) => found?.http?.some((each) => each.name === route.name && leadsTo(each) === leadsTo(route)));
  if (!found || isThere !== true) return [desired];
  const isAsAsked = String(found.hosts) === String(asked?.hosts) && String(found.gateways) === String(asked?.gateways);
  return isAsAsked ? [] : [{ ...desired, metadata: { ...desired.metadata, ...asSeen(there) }, spec: { ...asked, http: found.http } }];
}

const leadsTo = ({ route = [] }: { route?: { destination?: { host?: string } }[] }): string =>
  route
    .map(({ destination }) => destination?.host)
    .sort()
    .join();
