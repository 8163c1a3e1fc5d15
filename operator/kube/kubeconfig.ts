import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { Endpoint, TlsOptions } from './endpoint.ts';

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** How long credentials are used before they are read again; client-node itself reads token files once a minute. */
const CREDENTIALS_MS = 5_000;

/**
 * Finds the API server and the credentials as kubectl does: the given kubeconfig file; else, inside a pod, the service account; else
 * $KUBECONFIG or ~/.kube/config. Throws a sentence when none is there, or when the context does not exist.
 */
export function kubeconfigEndpoint(options: { readonly kubeconfig?: string; readonly context?: string }): Endpoint {
  const config = new KubeConfig();
  if (options.kubeconfig !== undefined) {
    config.loadFromFile(options.kubeconfig);
  } else if (options.context === undefined && existsSync(SERVICE_ACCOUNT_TOKEN)) {
    config.loadFromCluster();
  } else {
    config.loadFromDefault();
    refuseGuess(config);
  }
  if (options.context !== undefined) config.setCurrentContext(options.context);
  return endpointOf(config);
}

/** client-node falls back to http://localhost:8080 without a word when it finds no configuration at all. */
function refuseGuess(config: KubeConfig): void {
  if (config.getCurrentContext() !== 'loaded-context') return;
  throw new Error('no cluster configured: neither a service account, nor $KUBECONFIG, nor ~/.kube/config exists');
}

function endpointOf(config: KubeConfig): Endpoint {
  const name = config.getCurrentContext();
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`the kubeconfig has no context "${name}", or its cluster is missing`);
  if (cluster.proxyUrl) throw new Error(`context "${name}" uses proxy-url, which is not supported here`);
  let read: Promise<RequestOptions> | undefined;
  let readAt = 0;
  const credentials = async (): Promise<RequestOptions> => {
    if (read === undefined || performance.now() - readAt > CREDENTIALS_MS) {
      readAt = performance.now();
      read = readCredentials(config);
    }
    return await read;
  };
  return {
    server: new URL(cluster.server),
    namespace: config.getContextObject(name)?.namespace,
    tls: async () => tlsOf(await readCredentials(config)),
    headers: async () => headersOf(await credentials()),
  };
}

async function readCredentials(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

function tlsOf({ ca, cert, key, passphrase, rejectUnauthorized, servername }: RequestOptions): TlsOptions {
  const all = { ca, cert, key, passphrase, rejectUnauthorized, servername };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** client-node passes a token file on as it is; a final newline would make the header invalid. */
function headersOf(options: RequestOptions): Record<string, string> {
  const entries = Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value).trim()] as const);
  const basic = options.auth ? [['Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`] as const] : [];
  return Object.fromEntries([...entries, ...basic]);
}
