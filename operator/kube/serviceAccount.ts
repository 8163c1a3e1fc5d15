import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoint } from './endpoint.ts';

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The API server as a pod's service account reaches it. Token and CA are read anew for every request and connection,
 * because the kubelet rotates them.
 * @param folder holds `token`, `ca.crt` and `namespace`
 */
export function serviceAccountEndpoint(apiServer: string, folder = FOLDER): Endpoint {
  const read = (name: string): Promise<Buffer> => readFile(join(folder, name));
  return {
    server: new URL(apiServer),
    namespace: readFileSync(join(folder, 'namespace'), 'utf8').trim(),
    tls: async () => ({ ca: await read('ca.crt') }),
    headers: async () => ({ Authorization: `Bearer ${(await read('token')).toString('utf8').trim()}` }),
  };
}
