import { z } from 'zod';
import { MAX_BUNDLE_BYTES } from '../serving/contract/env.ts';

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((each) => each.trim()).filter((each) => each !== ''));

/** Empty = absent. */
const optional = z.string().optional().transform((text) => (text === '' ? undefined : text));

const schema = z.object({
  SERVING_IMAGE: z.string().min(1, 'must name the image that serves models, e.g. registry.example/recommender-serving:1.0'),
  PROMETHEUS_URL: z.url({ protocol: /^https?$/, error: 'must be the base URL of Prometheus, e.g. http://prometheus.monitoring:9090' }),
  BUNDLE_ALLOWED_HOSTS: list,
  BUNDLE_MAX_BYTES: z.coerce.number().int().positive().default(MAX_BUNDLE_BYTES),
  S3_ENDPOINT: optional.pipe(
    z.url({ protocol: /^https?$/, error: 'must be the base URL of an S3-compatible store, e.g. http://minio.storage:9000' }).optional(),
  ),
  S3_REGION: optional,
  NOTIFY_ALLOWED_HOSTS: list,
  NOTIFY_KEYS: optional,
  WATCH_NAMESPACE: z.string().default(''),
  POD_NAME: z.string().min(1, 'must name this process in the Lease; the chart sets it from the downward API'),
  POD_NAMESPACE: z.string().min(1, 'must be the namespace of the Lease; the chart sets it from the downward API'),
  /** For how long a leader that is gone keeps others from leading. */
  LEASE_SECONDS: z.coerce.number().min(1).max(300).default(15),
  PROBE_PORT: z.coerce.number().int().min(0).max(65535).default(8081),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  KUBECONFIG: z.string().optional(),
  /** Given to every pod by the kubelet. */
  KUBERNETES_SERVICE_HOST: optional,
  KUBERNETES_SERVICE_PORT: z.string().default('443'),
});

/** Settings of the operator; frozen. @throws Error one sentence that names every wrong variable at once */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env) {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The operator's environment is invalid. ${wrong.join('; ')}.`);
  }
  const { data } = parsed;
  return Object.freeze({
    plan: Object.freeze({
      servingImage: data.SERVING_IMAGE,
      prometheusUrl: data.PROMETHEUS_URL.replace(/\/$/, ''),
      allowedHosts: Object.freeze(data.BUNDLE_ALLOWED_HOSTS),
      maxBundleBytes: data.BUNDLE_MAX_BYTES,
      s3: Object.freeze(given({ endpoint: data.S3_ENDPOINT, region: data.S3_REGION })),
    }),
    notify: Object.freeze({
      allowedHosts: Object.freeze(data.NOTIFY_ALLOWED_HOSTS.map((host) => host.toLowerCase())),
      keys: data.NOTIFY_KEYS,
      timeoutMs: 10_000,
    }),
    /** Undefined: all namespaces. */
    watchNamespace: data.WATCH_NAMESPACE === '' ? undefined : data.WATCH_NAMESPACE,
    podName: data.POD_NAME,
    podNamespace: data.POD_NAMESPACE,
    leaseSeconds: data.LEASE_SECONDS,
    probePort: data.PROBE_PORT,
    logLevel: data.LOG_LEVEL,
    kubeconfig: data.KUBECONFIG,
    /** Undefined outside a pod. */
    apiServer: urlOf(data.KUBERNETES_SERVICE_HOST, data.KUBERNETES_SERVICE_PORT),
  });
}

const urlOf = (host: string | undefined, port: string) =>
  host === undefined ? undefined : `https://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** The settings that were given. */
function given<Key extends string>(settings: Record<Key, string | undefined>): Partial<Record<Key, string>> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Partial<Record<Key, string>>;
}
