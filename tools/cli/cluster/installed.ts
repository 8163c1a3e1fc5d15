import { isDeepStrictEqual } from 'node:util';
import { API_VERSION } from '../../../operator/api/kinds.ts';
import { crdFiles } from '../crds/crds.ts';
import type { Api } from './api.ts';
import { ask } from './ask.ts';
import type { Check } from './check.ts';

interface Container {
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string }[];
}

interface Deployment {
  metadata: { name: string; namespace: string };
  spec: { template: { spec: { containers: Container[] } } };
  status?: { readyReplicas?: number };
}

type Crd = ReturnType<typeof crdFiles>[number];

/** Whether the kinds are installed, and match this program. */
export async function crds(api: Api): Promise<Check[]> {
  const found = await ask(api, `/apis/${API_VERSION}`);
  const what = 'CRDs';
  if (found.is === 'missing') {
    return [{ what, result: 'Missing', message: `${API_VERSION} is not installed: install the chart or run kubectl apply -f crds/` }];
  }
  return Promise.all(crdFiles().map(async (ours): Promise<Check> => {
    const { name } = ours.metadata;
    const theirs = await ask<Crd>(api, `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
    if (theirs.is === 'missing') return { what: 'CRD', result: 'Missing', message: `${name} is not installed: run kubectl apply -f crds/` };
    if (theirs.is === 'forbidden') return { what: 'CRD', result: 'Unknown', message: `${name} was not compared: you may not read CRDs` };
    const isSame = isDeepStrictEqual(fieldsOf(ours), fieldsOf(theirs.value));
    if (isSame) return { what: 'CRD', result: 'Ok', message: `${name} matches this version of the command line` };
    const message = `${name} differs from this version of the command line: some fields may be unknown here`;
    return { what: 'CRD', result: 'Advice', message };
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
  const names = found.is === 'found' ? found.value.resources.map(({ name }) => name) : [];
  const missing = ARGO.filter((name) => !names.includes(name));
  const kinds: Check = missing.length === 0
    ? { what: 'Argo Rollouts CRDs', result: 'Ok', message: ARGO.join(', ') }
    : { what: 'Argo Rollouts CRDs', result: 'Missing', message: `${missing.join(', ')} not installed: install Argo Rollouts` };
  return [kinds, await running(api, 'Argo Rollouts', ARGO_ROLLOUTS)];
}

/** Deployment and Lease of each installation, since only the holder of the Lease works, and whether two are in each other's way. */
export async function operator(api: Api): Promise<Check[]> {
  const found = await deployments(api, OPERATOR);
  if (!found?.[0]) return [await running(api, 'operator', OPERATOR)];
  const namespaces = new Set(found.map(({ metadata }) => metadata.namespace));
  const leases = [...namespaces].map((namespace) => lease(api, namespace));
  return [...found.map((each) => runningOf('operator', each)), ...(await Promise.all(leases)), ...overlaps(found)];
}

/** Installations that watch the same models. Replicas of one share its Lease. */
function overlaps(found: readonly Deployment[]): Check[] {
  return found.flatMap((one, index) =>
    found.slice(index + 1).filter((other) => one.metadata.namespace !== other.metadata.namespace).flatMap((other): Check[] => {
      const scopes = [one, other].map(watched);
      const [first, second] = scopes;
      if (first !== undefined && second !== undefined && first !== second) return [];
      const both = [one, other].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(' and ');
      const advice = 'uninstall one, or set its watch.namespace to a namespace of its own (docs/operating.md, "Two installations")';
      return [{ what: 'operators', result: 'Advice', message: `${both} both watch ${first ?? second ?? 'all namespaces'}: ${advice}` }];
    }),
  );
}

/** Namespace whose models it manages; undefined: all. */
const watched = ({ spec }: Deployment): string | undefined =>
  spec.template.spec.containers.flatMap(({ env = [] }) => env).find(({ name }) => name === 'WATCH_NAMESPACE')?.value || undefined;

export const OPERATOR = 'app.kubernetes.io/name=recommender-operator';

/** In all namespaces; undefined if the user may not list them. */
export async function deployments(api: Api, labelSelector: string): Promise<Deployment[] | undefined> {
  const found = await ask<{ items: Deployment[] }>(api, '/apis/apps/v1/deployments', { labelSelector });
  return found.is === 'found' ? found.value.items : undefined;
}

async function running(api: Api, what: string, labelSelector: string): Promise<Check> {
  const found = await deployments(api, labelSelector);
  if (found === undefined) return { what, result: 'Unknown', message: 'you may not list Deployments in all namespaces' };
  const [deployment] = found;
  return deployment
    ? runningOf(what, deployment)
    : { what, result: 'Missing', message: `no Deployment labeled ${labelSelector} in any namespace` };
}

function runningOf(what: string, { metadata, spec, status }: Deployment): Check {
  const where = `Deployment ${metadata.namespace}/${metadata.name} (${spec.template.spec.containers[0]?.image ?? '?'})`;
  const ready = status?.readyReplicas ?? 0;
  return ready > 0
    ? { what, result: 'Ok', message: `${where}: ${ready} ready` }
    : { what, result: 'Missing', message: `${where} has no ready pods` };
}

interface Leases {
  items: { metadata: { name: string }; spec?: { holderIdentity?: string; renewTime?: string; leaseDurationSeconds?: number } }[];
}

async function lease(api: Api, namespace: string): Promise<Check> {
  const what = 'operator lease';
  const found = await ask<Leases>(api, `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`);
  if (found.is !== 'found') return { what, result: 'Unknown', message: `you may not list Leases in ${namespace}` };
  const one = found.value.items.find(({ metadata }) => metadata.name.includes('recommender'));
  const { holderIdentity = '', renewTime, leaseDurationSeconds = 15 } = one?.spec ?? {};
  const isFresh = Date.now() - Date.parse(renewTime ?? '') < 2000 * leaseDurationSeconds;
  return holderIdentity !== '' && isFresh
    ? { what, result: 'Ok', message: `held by ${holderIdentity}` }
    : { what, result: 'Missing', message: `no operator holds it in ${namespace}: check the log of the operator` };
}
