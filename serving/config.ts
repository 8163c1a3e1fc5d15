import { z } from 'zod';

import { CARRIER, ENV, MOUNTS, PORT } from './contract.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const required = (what: string) => z.string({ error: `is missing: ${what}` }).min(1, { error: `is empty: ${what}` });
const wholeNumber = (fallback: number, min: number, max: number) =>
  z.string().regex(/^\d+$/, { error: 'must be a whole number' }).default(String(fallback)).transform(Number).pipe(
    z.number().min(min, { error: `must be at least ${min}` }).max(max, { error: `must be at most ${max}` }),
  );
const hostList = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()).filter((host) => host !== ''));

const digest = required('sha256:… of bundle.yaml').regex(DIGEST, { error: 'must be sha256: and 64 hexadecimal digits' });

const FetchEnv = z.object({
  [ENV.modelVersion]: required('version the bundle must carry'),
  [ENV.bundleUri]: required('where the bundle lies'),
  [ENV.bundleDigest]: digest,
  [ENV.bundleDir]: z.string().min(1).default(MOUNTS.bundle),
  [ENV.allowedHosts]: hostList,
  [ENV.maxBundleBytes]: wholeNumber(4 * 1024 ** 3, 1, 2 ** 50),
  TERMINATION_LOG: z.string().min(1).default('/dev/termination-log'),
});

const ServeEnv = z.object({
  [ENV.modelName]: required('name of the RecommenderModel'),
  [ENV.modelNamespace]: required('namespace of the RecommenderModel'),
  [ENV.modelVersion]: required('version of the model'),
  [ENV.bundleDigest]: digest,
  [ENV.bundleDir]: z.string().min(1).default(MOUNTS.bundle),
  [ENV.port]: wholeNumber(PORT, 0, 65_535),
  [ENV.podTemplateHash]: z.string().default(''),
  [ENV.carrierIngress]: z.string().default(''),
  [ENV.championService]: z.string().default(''),
  [ENV.candidateService]: z.string().default(''),
  [ENV.forwardTimeoutMs]: wholeNumber(1000, 10, 60_000),
  [ENV.drainMs]: wholeNumber(5000, 0, 600_000),
  KUBERNETES_SERVICE_HOST: z.string().default(''),
  KUBERNETES_SERVICE_PORT: z.string().default('443'),
  // Outside a cluster, for instance through `kubectl proxy`.
  KUBERNETES_API_URL: z.url({ protocol: /^https?$/ }).optional(),
  SERVICE_ACCOUNT_DIR: z.string().min(1).default(SERVICE_ACCOUNT),
});

/** What the fetch and validate commands need. */
export interface FetchConfig {
  version: string;
  uri: string;
  digest: string;
  dir: string;
  /** Lower-case host names or `*.suffix`; empty = none. */
  allowedHosts: readonly string[];
  maxBytes: number;
  claimDir: string;
  terminationLog: string;
}

/** How the splitter finds the candidate; absent when the pod has no carrier. */
export interface TrafficConfig {
  carrierIngress: string;
  championService: string;
  candidateService: string;
  podTemplateHash: string;
  forwardTimeoutMs: number;
  apiUrl: string;
  serviceAccountDir: string;
}

export interface ServeConfig {
  model: string;
  namespace: string;
  version: string;
  digest: string;
  dir: string;
  port: number;
  drainMs: number;
  traffic: TrafficConfig | undefined;
}

/** Settings that cannot be used; the message lists every fault, one sentence each. */
export class ConfigError extends Error {}

/** @throws ConfigError naming every faulty variable. */
export function readFetchConfig(env: NodeJS.ProcessEnv = process.env): FetchConfig {
  const read = parseEnv(FetchEnv, env);
  return Object.freeze({
    version: read[ENV.modelVersion],
    uri: read[ENV.bundleUri],
    digest: read[ENV.bundleDigest],
    dir: read[ENV.bundleDir],
    allowedHosts: Object.freeze(read[ENV.allowedHosts]),
    maxBytes: read[ENV.maxBundleBytes],
    claimDir: MOUNTS.claim,
    terminationLog: read.TERMINATION_LOG,
  });
}

/** @throws ConfigError naming every faulty variable. */
export function readServeConfig(env: NodeJS.ProcessEnv = process.env): ServeConfig {
  const read = parseEnv(ServeEnv, env);
  return Object.freeze({
    model: read[ENV.modelName],
    namespace: read[ENV.modelNamespace],
    version: read[ENV.modelVersion],
    digest: read[ENV.bundleDigest],
    dir: read[ENV.bundleDir],
    port: read[ENV.port],
    drainMs: read[ENV.drainMs],
    traffic: read[ENV.carrierIngress] === '' ? undefined : trafficConfig(read),
  });
}

/** Where the commands leave their report even when the rest of their settings is faulty. */
export function terminationLogPath(env: NodeJS.ProcessEnv = process.env): string {
  return env['TERMINATION_LOG'] ?? '/dev/termination-log';
}

function trafficConfig(read: z.output<typeof ServeEnv>): TrafficConfig {
  const names = [ENV.championService, ENV.candidateService, ENV.podTemplateHash] as const;
  const missing: string[] = names.filter((name) => read[name] === '');
  const apiUrl = read.KUBERNETES_API_URL ?? clusterUrl(read.KUBERNETES_SERVICE_HOST, read.KUBERNETES_SERVICE_PORT);
  if (apiUrl === undefined) missing.push('KUBERNETES_SERVICE_HOST');
  if (missing.length > 0 || apiUrl === undefined) {
    throw new ConfigError(`${ENV.carrierIngress} is set, so ${missing.join(', ')} must be set too (${CARRIER.prefix}).`);
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

function parseEnv<T>(schema: z.ZodType<T>, env: NodeJS.ProcessEnv): T {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw new ConfigError(`The settings cannot be used: ${faults.join('; ')}.`);
}
