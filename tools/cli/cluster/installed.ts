import { isDeepStrictEqual } from 'node:util';
import { API_VERSION } from '../../../operator/api/kinds.ts';
import { crdFiles } from '../crds/crds.ts';
import type { Api } from './api.ts';
import { ask } from './ask.ts';
import type { Check } from './check.ts';

interface Deployment {
  metadata: { name: string; namespace: string };
  spec: { template: { spec: { containers: { image: string; command?: string[]; args?: string[]; env?: { name: string; value?: string }[] }[] } } };
  status?: { readyReplicas?: number };
}

type Crd = ReturnType<typeof crdFiles>[number];

/** Whether the kinds are known, and are those this program knows. */
export async function crds(api: Api): Promise<Check[]> {
  const found = await ask(api, `/apis/${API_VERSION}`);
  const what = 'CRDs';
  if (found.is === 'missing') return [{ what, result: 'Missing', says: `${API_VERSION} is not known: install the chart, or kubectl apply -f crds/` }];
  return Promise.all(crdFiles().map(async (ours): Promise<Check> => {
    const { name } = ours.metadata;
    const theirs = await ask<Crd>(api, `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
    if (theirs.is === 'missing') return { what: 'CRD', result: 'Missing', says: `${name} is not installed: kubectl apply -f crds/` };
    if (theirs.is === 'hidden') return { what: 'CRD', result: 'Unknown', says: `${name}: you may not read CRDs, so its version is not compared` };
    const isSame = isDeepStrictEqual(fieldsOf(ours), fieldsOf(theirs.value));
    return isSame
      ? { what: 'CRD', result: 'Ok', says: `${name} has the fields this program knows` }
      : { what: 'CRD', result: 'Advice', says: `${name} is of another version than this program: lint and get may not know every field` };
  }));
}

/** Paths of all fields; the server adds defaults of its own to the CRD, but no fields. */
function fieldsOf({ spec }: Crd): string[] {
  const paths = (schema: { properties?: object; items?: object }, at: string): string[] => [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, each]) => [`${at}.${key}`, ...paths(each as object, `${at}.${key}`)]),
    ...(schema.items ? paths(schema.items, `${at}[]`) : []),
  ];
  return spec.versions.flatMap(({ name, schema }) => paths(schema.openAPIV3Schema, name)).toSorted();
}

export const ARGO_ROLLOUTS = 'app.kubernetes.io/name=argo-rollouts';
const ARGO = ['rollouts', 'analysisruns', 'analysistemplates'];

export async function argoRollouts(api: Api): Promise<Check[]> {
  const found = await ask<{ resources: { name: string }[] }>(api, '/apis/argoproj.io/v1alpha1');
  const names = found.is === 'there' ? found.value.resources.map(({ name }) => name) : [];
  const missing = ARGO.filter((name) => !names.includes(name));
  const kinds: Check = missing.length === 0
    ? { what: 'Argo Rollouts CRDs', result: 'Ok', says: ARGO.join(', ') }
    : { what: 'Argo Rollouts CRDs', result: 'Missing', says: `${missing.join(', ')}: install Argo Rollouts` };
  return [kinds, await running(api, 'Argo Rollouts', ARGO_ROLLOUTS)];
}

/** Deployment and Lease: the process that holds the Lease is the one that works. */
export async function operator(api: Api): Promise<Check[]> {
  const deployed = await running(api, 'operator', OPERATOR);
  const [deployment] = await deployments(api, OPERATOR) ?? [];
  return deployment ? [deployed, await lease(api, deployment.metadata.namespace)] : [deployed];
}

export const OPERATOR = 'app.kubernetes.io/name=recommender-operator';

/** Of all namespaces; undefined where the user may not look. */
export async function deployments(api: Api, labelSelector: string): Promise<Deployment[] | undefined> {
  const found = await ask<{ items: Deployment[] }>(api, '/apis/apps/v1/deployments', { labelSelector });
  return found.is === 'there' ? found.value.items : undefined;
}

async function running(api: Api, what: string, labelSelector: string): Promise<Check> {
  const found = await deployments(api, labelSelector);
  if (found === undefined) return { what, result: 'Unknown', says: 'you may not list Deployments of all namespaces' };
  const [deployment] = found;
  if (!deployment) return { what, result: 'Missing', says: `no Deployment with the label ${labelSelector} in any namespace` };
  const { metadata, spec, status } = deployment;
  const where = `Deployment ${metadata.namespace}/${metadata.name} (${spec.template.spec.containers[0]?.image ?? '?'})`;
  const ready = status?.readyReplicas ?? 0;
  return ready > 0 ? { what, result: 'Ok', says: `${where}: ${ready} ready` } : { what, result: 'Missing', says: `${where} has no pod that is ready` };
}

interface Leases {
  items: { metadata: { name: string }; spec?: { holderIdentity?: string; renewTime?: string; leaseDurationSeconds?: number } }[];
}

async function lease(api: Api, namespace: string): Promise<Check> {
  const what = 'operator lease';
  const found = await ask<Leases>(api, `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`);
  if (found.is !== 'there') return { what, result: 'Unknown', says: `you may not list Leases in ${namespace}` };
  const one = found.value.items.find(({ metadata }) => metadata.name.includes('recommender'));
  const { holderIdentity = '', renewTime, leaseDurationSeconds = 15 } = one?.spec ?? {};
  const isFresh = Date.now() - Date.parse(renewTime ?? '') < 2000 * leaseDurationSeconds;
  return holderIdentity !== '' && isFresh
    ? { what, result: 'Ok', says: `held by ${holderIdentity}` }
    : { what, result: 'Missing', says: `nobody holds it in ${namespace}: no operator works; look at its log` };
}
