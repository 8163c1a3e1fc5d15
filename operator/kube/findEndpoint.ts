import type { Endpoint } from './endpoint.ts';
import { serviceAccountEndpoint } from './serviceAccount.ts';

interface Given {
  kubeconfig: string | undefined;
  apiServer: string | undefined;
}

/**
 * The endpoint of the named kubeconfig; else, inside a pod, that of the service account; else what client-node finds.
 * Throws a sentence when there is none.
 * @param apiServer the URL that a pod's environment gives
 */
export async function findEndpoint({ kubeconfig, apiServer }: Given): Promise<Endpoint> {
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
    throw new Error(
      'The image of the operator reads no kubeconfig: run it in a pod with a service account, or run the operator from a checkout.',
      { cause: error },
    );
  }
}
