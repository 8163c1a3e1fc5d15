import { join } from 'node:path';
import { cacheDir, checkout } from '../setup/paths.mjs';

/** Everything the running cluster writes, apart from images. One cluster a machine: the path is the same for every checkout. */
export const stateDir = '/var/lib/recommender-cluster';

/** Files that callers (the demo, the tests, a person) may read. */
export const statePaths = {
  kubeconfig: join(stateDir, 'kubeconfig'),
  /** JSON lines, one for each finished API request; with bodies where tools/replay reads them. */
  auditLog: join(stateDir, 'audit/audit.log'),
  logs: join(stateDir, 'logs'),
  owner: join(stateDir, 'owner.json'),
  pki: join(stateDir, 'pki'),
  configs: join(stateDir, 'configs'),
  processes: join(stateDir, 'processes'),
  etcd: join(stateDir, 'etcd'),
  kubelet: join(stateDir, 'kubelet'),
  podLogs: join(stateDir, 'pod-logs'),
  containerd: join(stateDir, 'containerd'),
  containerdSocket: join(stateDir, 'containerd.sock'),
  cni: join(stateDir, 'cni'),
} as const;

/** Images survive `down`, so that the next `up` has nothing to unpack. */
export const containerdRoot = join(cacheDir, 'containerd');

export const contextName = 'recommender-local';
export const nodeName = 'recommender-local';

// One private range: the bridge with the pods below, Services above. The host is its gateway, node and API server.
export const network = {
  bridge: 'recommender0',
  host: '10.213.0.1',
  pods: '10.213.0.0/20',
  services: '10.213.128.0/20',
  apiService: '10.213.128.1',
  dns: '10.213.128.10',
} as const;

// Other numbers than the usual ones, so that another Kubernetes on the machine is not in the way.
export const ports = {
  etcdClient: 21379,
  etcdPeer: 21380,
  api: 21443,
  controllerManager: 21257,
  scheduler: 21259,
  kubelet: 21250,
  kubeletHealth: 21248,
  proxyHealth: 21256,
  proxyMetrics: 21249,
} as const;

export { cacheDir, checkout };
