import type { Api } from './api.ts';
import { tryAsk } from './ask.ts';
import type { Check } from './check.ts';
import { deployments, OPERATOR } from './installed.ts';
import { scraping } from './scraping.ts';

/** Whether it is ready and, if so, whether it scrapes the serving pods. */
export async function prometheus(api: Api): Promise<Check[]> {
  const { path, ...found } = await readiness(api);
  // If it does not answer, it is not queried again: each attempt may take as long as the API server waits for it.
  return [{ what: 'Prometheus', ...found }, ...(await scraping(api, path))];
}

/** `path`: of its root, if it is ready. */
type Found = Omit<Check, 'what'> & { path?: string };

/** At the operator's address, through the API server, since only the cluster can reach it. */
async function readiness(api: Api): Promise<Found> {
  const [deployment] = await deployments(api, OPERATOR) ?? [];
  const env = deployment?.spec.template.spec.containers.flatMap((each) => each.env ?? []);
  const address = env?.find(({ name }) => name === 'PROMETHEUS_URL')?.value;
  if (address === undefined) return { result: 'Unknown', message: "address unknown: the operator's Deployment was not found" };
  const path = proxyPath(address);
  if (path === undefined) {
    return { result: 'Unknown', message: `${address} is not a Service of this cluster and cannot be queried from here` };
  }
  const answer = await tryAsk(api, `${path}/-/ready`);
  if (answer.is === 'found') return { result: 'Ok', message: `${address} is ready`, path };
  if (answer.is === 'forbidden') return { result: 'Unknown', message: `cannot query ${address}: you may not use services/proxy` };
  return { result: 'Missing', message: `${address} is not ready: ${answer.is === 'failing' ? answer.why : 'no such Service'}` };
}

/** `http://prometheus.monitoring:9090` → the path of its root through the API server; undefined outside the cluster. */
export function proxyPath(address: string): string | undefined {
  const { protocol, hostname, port, pathname } = new URL(address);
  const [service, namespace, ...rest] = hostname.split('.');
  const isInside = namespace !== undefined && (rest.length === 0 || rest[0] === 'svc');
  if (!isInside) return undefined;
  const scheme = protocol.replace(':', '');
  const at = port === '' ? { http: '80', https: '443' }[scheme] ?? '80' : port;
  return `/api/v1/namespaces/${namespace}/services/${scheme}:${service ?? ''}:${at}/proxy${pathname.replace(/\/$/, '')}`;
}
