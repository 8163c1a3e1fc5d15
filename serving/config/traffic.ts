import { z } from 'zod';
import { ENV } from '../contract/env.ts';
import { ConfigError, httpUrl, wholeNumber } from './fields.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export const trafficFields = {
  [ENV.podTemplateHash]: z.string().default(''),
  [ENV.carrierIngress]: z.string().default(''),
  [ENV.championService]: z.string().default(''),
  [ENV.candidateService]: z.string().default(''),
  [ENV.forwardTimeoutMs]: wholeNumber(1000, 10, 60_000),
  KUBERNETES_SERVICE_HOST: z.string().default(''),
  KUBERNETES_SERVICE_PORT: z.string().default('443'),
  // Outside a cluster, for instance through `kubectl proxy`.
  KUBERNETES_API_URL: httpUrl,
  SERVICE_ACCOUNT_DIR: z.string().min(1).default(SERVICE_ACCOUNT),
};
type TrafficEnv = z.output<z.ZodObject<typeof trafficFields>>;

/** How the splitter finds the candidate. */
export interface TrafficConfig {
  carrierIngress: string;
  championService: string;
  candidateService: string;
  podTemplateHash: string;
  forwardTimeoutMs: number;
  apiUrl: string;
  serviceAccountDir: string;
}

/** @returns undefined when the pod has no carrier @throws ConfigError naming what a carrier needs besides */
export function trafficConfigOf(read: TrafficEnv): TrafficConfig | undefined {
  if (read[ENV.carrierIngress] === '') return undefined;
  const names = [ENV.championService, ENV.candidateService, ENV.podTemplateHash] as const;
  const missing: string[] = names.filter((name) => read[name] === '');
  const apiUrl = read.KUBERNETES_API_URL ?? clusterUrl(read.KUBERNETES_SERVICE_HOST, read.KUBERNETES_SERVICE_PORT);
  if (apiUrl === undefined) missing.push('KUBERNETES_SERVICE_HOST');
  if (missing.length > 0 || apiUrl === undefined) {
    throw new ConfigError(`Invalid settings: with ${ENV.carrierIngress}, ${missing.join(', ')} must be set too.`);
  }
  return Object.freeze({
    carrierIngress: read[ENV.carrierIngress],
    championService: read[ENV.championService],
    candidateService: read[ENV.candidateService],
    podTemplateHash: read[ENV.podTemplateHash],
    forwardTimeoutMs: read[ENV.forwardTimeoutMs],
    apiUrl,
    serviceAccountDir: read.SERVICE_ACCOUNT_DIR,
  });
}

function clusterUrl(host: string, port: string): string | undefined {
  if (host === '') return undefined;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
