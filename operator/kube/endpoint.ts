import type { RequestOptions } from 'node:https';
import { serviceAccountEndpoint } from './serviceAccount.ts';

/** Where the API server is, and what proves to it who asks. */
export type Endpoint = {
  readonly server: URL;
  /** Namespace of the service account or of the kubeconfig's context. */
  readonly namespace: string | undefined;
  /** TLS material as of now: files are read again, so that a rotated CA or client certificate reaches new connections. */
  tls(): Promise<TlsOptions>;
  /** Authorization and impersonation headers as of now: service account tokens rotate. */
  headers(): Promise<Record<string, string>>;
};

export type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'servername'>;

/**
 * The endpoint of the named kubeconfig; else, inside a pod, that of the service account; else what client-node finds.
 * Throws a sentence when there is none.
 * @param apiServer the URL that a pod's environment gives
 */
export async function findEndpoint({ kubeconfig, apiServer }: { kubeconfig: string | undefined; apiServer: string | undefined }): Promise<Endpoint> {
  if (kubeconfig === undefined && apiServer !== undefined) return serviceAccountEndpoint(apiServer);
  const read = await kubeconfigReader();
  return read(kubeconfig === undefined ? {} : { kubeconfig });
}

/** Its package is not in the image, where nobody needs it. */
async function kubeconfigReader() {
  try {
    return (await import('./kubeconfig.ts')).kubeconfigEndpoint;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error('The image of the operator reads no kubeconfig: run it in a pod with a service account, or run the operator from a checkout.', { cause: error });
  }
}
