import type { KubernetesObject } from '../../operator/api/objects.ts';
import type { Cluster } from '../../tools/testenv/cluster.ts';
import type { Route } from './trafficRouterStub.ts';

/** What ingress-nginx makes of the Ingresses of its class: one that is a canary takes its share from the other, and its header first. */
export async function routesOfIngresses(cluster: Cluster, namespace: string): Promise<Route[]> {
  const ingresses = ((await cluster.list('Ingress', namespace)) as Ingress[]).filter(({ spec }) => spec.ingressClassName === 'nginx');
  const [stable, canary] = [false, true].map((isCanary) => ingresses.find((each) => (annotation(each, 'canary') === 'true') === isCanary));
  if (!stable) throw new Error('no Ingress leads to the Service');
  const weight = Number((canary && annotation(canary, 'canary-weight')) ?? 0);
  const name = canary && annotation(canary, 'canary-by-header');
  const forTesters = canary && name !== undefined ? [{ header: { name, value: annotation(canary, 'canary-by-header-value') ?? 'always' }, to: [to(canary, 100)] }] : [];
  return [...forTesters, { to: [to(stable, 100 - weight), ...(canary ? [to(canary, weight)] : [])] }];
}

interface Ingress extends KubernetesObject {
  spec: { ingressClassName?: string; rules: { http: { paths: { backend: { service: { name: string } } }[] } }[] };
}

const annotation = ({ metadata }: Ingress, key: string): string | undefined => metadata.annotations?.[`nginx.ingress.kubernetes.io/${key}`];
const to = ({ spec }: Ingress, weight: number) => ({ service: spec.rules[0]?.http.paths[0]?.backend.service.name ?? '', weight });

/** What a mesh makes of the HTTP routes of a VirtualService: the first that matches. */
export async function routesOfVirtualService(cluster: Cluster, namespace: string): Promise<Route[]> {
  const found = (await cluster.get('VirtualService', { namespace, name: 'books' })) as VirtualService | undefined;
  if (!found) throw new Error('there is no VirtualService');
  return found.spec.http.map(({ match, route }) => {
    const [header] = Object.entries(match?.[0]?.headers ?? {}).map(([name, { exact }]) => ({ name, value: exact }));
    return { ...(header ? { header } : {}), to: route.map(({ destination, weight = 100 }) => ({ service: destination.host, weight })) };
  });
}

export interface VirtualService extends KubernetesObject {
  spec: {
    http: {
      name: string;
      match?: { headers: Record<string, { exact: string }> }[];
      route: { destination: { host: string; port?: { number: number } }; weight?: number }[];
    }[];
  };
}
