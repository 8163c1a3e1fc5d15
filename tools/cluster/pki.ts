import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { capture } from './command.ts';
import { contextName, network, nodeName, ports, statePaths } from './layout.ts';

/** Path of a certificate or key: pki('ca.crt'). */
export const pki = (file: string): string => join(statePaths.pki, file);

/** Path of a component's kubeconfig; the administrator's own is statePaths.kubeconfig. */
export const kubeconfigOf = (component: string): string => join(statePaths.configs, `${component}.kubeconfig`);

export const apiServerUrl = `https://${network.host}:${ports.api}`;

const clients = {
  admin: '/O=system:masters/CN=recommender-admin',
  'kube-controller-manager': '/CN=system:kube-controller-manager',
  'kube-scheduler': '/CN=system:kube-scheduler',
  'kube-proxy': '/CN=system:kube-proxy',
  kubelet: `/O=system:nodes/CN=system:node:${nodeName}`,
  'kube-apiserver-to-kubelet': '/O=system:masters/CN=kube-apiserver-to-kubelet',
};

const serverNames = [
  ...['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
  ...['localhost', nodeName],
].map((name) => `DNS:${name}`);
const serverAddresses = [network.host, network.apiService, '127.0.0.1'].map((address) => `IP:${address}`);

/** Makes the authority, all certificates and kubeconfigs, once in the life of a cluster. */
export async function ensurePki(): Promise<void> {
  if (existsSync(statePaths.kubeconfig)) return;
  mkdirSync(statePaths.pki, { recursive: true, mode: 0o700 });
  mkdirSync(statePaths.configs, { recursive: true });
  await capture('openssl', [...certificate('ca', '/CN=recommender-local-ca')]);
  await Promise.all([
    issue('server', '/CN=recommender-local', [
      'extendedKeyUsage=serverAuth',
      `subjectAltName=${[...serverNames, ...serverAddresses].join()}`,
    ]),
    ...Object.entries(clients).map(([name, subject]) => issue(name, subject, ['extendedKeyUsage=clientAuth'])),
    serviceAccountKey(),
  ]);
  for (const name of Object.keys(clients)) writeFileSync(kubeconfigOf(name), kubeconfig(name), { mode: 0o600 });
  writeFileSync(statePaths.kubeconfig, kubeconfig('admin'), { mode: 0o600 });
}

async function serviceAccountKey(): Promise<void> {
  await capture('openssl', ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', pki('sa.key')]);
  await capture('openssl', ['pkey', '-in', pki('sa.key'), '-pubout', '-out', pki('sa.pub')]);
}

async function issue(name: string, subject: string, extensions: readonly string[]): Promise<void> {
  const signed = ['-CA', pki('ca.crt'), '-CAkey', pki('ca.key'), '-addext', 'basicConstraints=CA:FALSE'];
  await capture('openssl', [...certificate(name, subject), ...signed, ...extensions.flatMap((text) => ['-addext', text])]);
}

function certificate(name: string, subject: string): string[] {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', pki(`${name}.key`)];
  return ['req', '-x509', '-days', '365', '-subj', subject, ...key, '-out', pki(`${name}.crt`)];
}

function kubeconfig(user: string): string {
  const embedded = (file: string): string => readFileSync(pki(file)).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': contextName,
    contexts: [{ name: contextName, context: { cluster: contextName, user } }],
    clusters: [{ name: contextName, cluster: { server: apiServerUrl, 'certificate-authority-data': embedded('ca.crt') } }],
    users: [{
      name: user,
      user: { 'client-certificate-data': embedded(`${user}.crt`), 'client-key-data': embedded(`${user}.key`) },
    }],
  });
}
