import { POD_TEMPLATE_HASH_LABEL, SERVICE_PORT } from '../../serving/contract.ts';
import type { RecommenderModel } from '../api/model.ts';
import { INGRESS_CLASS, namesOf } from '../api/names.ts';
import type { KubernetesObject } from '../api/objects.ts';
import type { Service } from '../api/workload.ts';
import { ownedMeta, servingPodLabels } from './owned.ts';

/** The Services of champion and candidate, and the Ingress that Argo Rollouts copies into the weight carrier. */
export function networkObjects(model: RecommenderModel, live: readonly Service[]): KubernetesObject[] {
  const names = namesOf(model.metadata.name);
  return [service(model, names.championService, live), service(model, names.candidateService, live), stableIngress(model)];
}

/**
 * A selector is one atomic field. Argo Rollouts narrows it to the pods of one template hash, so once it has, the hash
 * is followed, not owned: asking for the same value again neither conflicts nor undoes its work.
 */
function service(model: RecommenderModel, name: string, live: readonly Service[]): KubernetesObject {
  const hash = live.find((each) => each.metadata.name === name)?.spec?.selector?.[POD_TEMPLATE_HASH_LABEL];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMeta(model, name),
    spec: {
      selector: { ...servingPodLabels(model), ...(hash === undefined ? {} : { [POD_TEMPLATE_HASH_LABEL]: hash }) },
      ports: [{ name: 'http', port: SERVICE_PORT, targetPort: 'http', protocol: 'TCP' }],
    },
  };
}

/** No ingress controller serves this class: the rule is there because Argo Rollouts looks for one to copy. */
function stableIngress(model: RecommenderModel): KubernetesObject {
  const names = namesOf(model.metadata.name);
  const backend = { service: { name: names.championService, port: { number: SERVICE_PORT } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: ownedMeta(model, names.stableIngress),
    spec: {
      ingressClassName: INGRESS_CLASS,
      rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}
