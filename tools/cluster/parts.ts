import { join } from 'node:path';
import { binaryPath } from '../setup/binaries.mjs';
import { configOf } from './configs.ts';
import { accepts, answersOk } from './health.ts';
import { network, nodeName, ports, stateDir, statePaths } from './layout.ts';
import { apiServerUrl, kubeconfigOf, pki } from './pki.ts';

export const partNames = [
  'etcd', 'kube-apiserver', 'containerd', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy',
] as const;

export type PartName = (typeof partNames)[number];

/** A process of the cluster that runs on the host. */
type Part = {
  command: string;
  args: readonly string[];
  /** Whether it does its work, not merely runs. */
  healthy: () => Promise<boolean>;
  /** Addresses that must be free before it starts. */
  listens: readonly { host: string; port: number }[];
};

const loopback = '127.0.0.1';
const flags = (values: Record<string, string | number | boolean>): string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`);

const etcdUrl = `http://${loopback}:${ports.etcdClient}`;
const etcdPeerUrl = `http://${loopback}:${ports.etcdPeer}`;

const etcd: Part = {
  command: binaryPath('etcd'),
  args: [
    ...flags({ name: 'local', 'data-dir': statePaths.etcd, 'listen-client-urls': etcdUrl, 'advertise-client-urls': etcdUrl }),
    ...flags({ 'listen-peer-urls': etcdPeerUrl, 'initial-advertise-peer-urls': etcdPeerUrl, 'log-level': 'warn' }),
    ...flags({ 'initial-cluster': `local=${etcdPeerUrl}` }),
    // A throw-away cluster: its data need not survive a power cut.
    '--unsafe-no-fsync',
  ],
  healthy: () => answersOk(`${etcdUrl}/health`),
  listens: [{ host: loopback, port: ports.etcdClient }, { host: loopback, port: ports.etcdPeer }],
};

const apiServer: Part = {
  command: binaryPath('kube-apiserver'),
  args: flags({
    'etcd-servers': etcdUrl,
    'bind-address': network.host,
    'advertise-address': network.host,
    'secure-port': ports.api,
    'service-cluster-ip-range': network.services,
    'tls-cert-file': pki('server.crt'),
    'tls-private-key-file': pki('server.key'),
    'client-ca-file': pki('ca.crt'),
    'kubelet-certificate-authority': pki('ca.crt'),
    'kubelet-client-certificate': pki('kube-apiserver-to-kubelet.crt'),
    'kubelet-client-key': pki('kube-apiserver-to-kubelet.key'),
    'kubelet-preferred-address-types': 'InternalIP',
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': pki('sa.pub'),
    'service-account-signing-key-file': pki('sa.key'),
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': true,
    'audit-policy-file': configOf('audit-policy.yaml'),
    'audit-log-path': statePaths.auditLog,
    // Megabytes: not rotated in the middle of a test run.
    'audit-log-maxsize': 1000,
    'audit-log-maxbackup': 1,
  }),
  healthy: () => answersOk(`${apiServerUrl}/readyz`),
  listens: [{ host: network.host, port: ports.api }],
};

const containerd: Part = {
  command: 'containerd',
  args: ['--config', configOf('containerd.toml')],
  healthy: () => accepts({ path: statePaths.containerdSocket }),
  listens: [],
};

// One of each: there is nobody to elect a leader against, and an election would cost seconds at every start.
const controlLoop = (name: string, port: number): string[] =>
  flags({
    kubeconfig: kubeconfigOf(name),
    'authentication-kubeconfig': kubeconfigOf(name),
    'authorization-kubeconfig': kubeconfigOf(name),
    'leader-elect': false,
    'bind-address': loopback,
    'secure-port': port,
    'tls-cert-file': pki('server.crt'),
    'tls-private-key-file': pki('server.key'),
  });

const controllerManager: Part = {
  command: binaryPath('kube-controller-manager'),
  args: [
    ...controlLoop('kube-controller-manager', ports.controllerManager),
    ...flags({
      'root-ca-file': pki('ca.crt'),
      'service-account-private-key-file': pki('sa.key'),
      'use-service-account-credentials': true,
      'allocate-node-cidrs': false,
    }),
  ],
  healthy: () => answersOk(`https://${loopback}:${ports.controllerManager}/healthz`),
  listens: [{ host: loopback, port: ports.controllerManager }],
};

const scheduler: Part = {
  command: binaryPath('kube-scheduler'),
  args: controlLoop('kube-scheduler', ports.scheduler),
  healthy: () => answersOk(`https://${loopback}:${ports.scheduler}/healthz`),
  listens: [{ host: loopback, port: ports.scheduler }],
};

const kubelet: Part = {
  command: binaryPath('kubelet'),
  args: flags({
    config: configOf('kubelet.yaml'),
    kubeconfig: kubeconfigOf('kubelet'),
    'hostname-override': nodeName,
    'node-ip': network.host,
    'root-dir': statePaths.kubelet,
    'cert-dir': join(stateDir, 'kubelet-certificates'),
  }),
  healthy: () => answersOk(`http://${loopback}:${ports.kubeletHealth}/healthz`),
  listens: [{ host: network.host, port: ports.kubelet }, { host: loopback, port: ports.kubeletHealth }],
};

const kubeProxy: Part = {
  command: binaryPath('kube-proxy'),
  args: flags({ config: configOf('kube-proxy.yaml') }),
  healthy: () => answersOk(`http://${loopback}:${ports.proxyHealth}/healthz`),
  listens: [{ host: loopback, port: ports.proxyHealth }, { host: loopback, port: ports.proxyMetrics }],
};

/** In the order in which they start; they stop in the reverse order. */
export const parts: Record<PartName, Part> = {
  etcd,
  'kube-apiserver': apiServer,
  containerd,
  'kube-controller-manager': controllerManager,
  'kube-scheduler': scheduler,
  kubelet,
  'kube-proxy': kubeProxy,
};
