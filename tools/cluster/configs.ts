import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { containerdRoot, network, nodeName, ports, stateDir, statePaths } from './layout.ts';
import { kubeconfigOf, pki } from './pki.ts';

export const pauseImage = 'recommender.local/pause:1';

/** Path of a component's configuration file. */
export const configOf = (file: string): string => join(statePaths.configs, file);

/** Writes the configuration files of all parts; the same content every time. */
export function writeConfigs(): void {
  for (const folder of [statePaths.configs, join(statePaths.cni, 'net.d'), join(stateDir, 'audit')]) {
    mkdirSync(folder, { recursive: true });
  }
  writeFileSync(configOf('containerd.toml'), containerd());
  writeFileSync(join(statePaths.cni, 'net.d/10-recommender.conflist'), JSON.stringify(cni, undefined, 2));
  writeFileSync(configOf('audit-policy.yaml'), stringify(auditPolicy));
  writeFileSync(configOf('kubelet.yaml'), stringify(kubelet()));
  writeFileSync(configOf('kube-proxy.yaml'), stringify(kubeProxy()));
}

// restrict_oom_score_adj: where CAP_SYS_RESOURCE is withheld, every sandbox would die at its start without it.
const containerd = (): string => `version = 2
root = "${containerdRoot}"
state = "${statePaths.containerd}"
disabled_plugins = [
  "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
]
[grpc]
  address = "${statePaths.containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(statePaths.cni, 'net.d')}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;

// No masquerading and no host ports: this is all the iptables that CNI would need, and nothing of it is left behind.
const cni = {
  cniVersion: '0.4.0',
  name: 'recommender',
  plugins: [{
    type: 'bridge',
    bridge: network.bridge,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      dataDir: join(statePaths.cni, 'addresses'),
      ranges: [[{ subnet: network.pods, gateway: network.host }]],
      routes: [{ dst: '0.0.0.0/0', gw: network.host }],
    },
  }],
};

// Lease renewals and event spam of the cluster's own parts would drown what the tests look for.
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'None',
      users: ['system:apiserver', 'system:kube-scheduler', 'system:kube-controller-manager', `system:node:${nodeName}`],
      resources: [{ group: 'coordination.k8s.io' }, { group: '', resources: ['events', 'nodes', 'nodes/status'] }],
    },
    { level: 'None', nonResourceURLs: ['/healthz*', '/livez*', '/readyz*'] },
    // With their bodies: what the replay of a run (tools/replay) has to read.
    {
      level: 'Request',
      verbs: ['create', 'update', 'patch'],
      resources: [
        { group: 'recommender.dev', resources: ['recommendermodels', 'modelversions', 'modelversions/status'] },
        { group: 'argoproj.io', resources: ['rollouts'] },
        { group: 'networking.k8s.io', resources: ['ingresses'] },
        { group: 'networking.istio.io', resources: ['virtualservices'] },
        { group: 'coordination.k8s.io', resources: ['leases'] },
        { group: 'apps', resources: ['replicasets/status'] },
        { group: '', resources: ['services'] },
      ],
    },
    { level: 'Metadata' },
  ],
};

const kubelet = (): object => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  address: network.host,
  port: ports.kubelet,
  healthzBindAddress: '127.0.0.1',
  healthzPort: ports.kubeletHealth,
  authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: pki('ca.crt') } },
  authorization: { mode: 'Webhook' },
  tlsCertFile: pki('server.crt'),
  tlsPrivateKeyFile: pki('server.key'),
  cgroupDriver: 'cgroupfs',
  failCgroupV1: false,
  failSwapOn: false,
  enforceNodeAllocatable: [],
  // The disk belongs to a person's machine: a full one is not the cluster's to tidy.
  evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '0.1%', 'nodefs.inodesFree': '0.1%', 'imagefs.available': '0.1%' },
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  containerRuntimeEndpoint: `unix://${statePaths.containerdSocket}`,
  clusterDNS: [network.dns],
  clusterDomain: 'cluster.local',
  resolvConf: resolvConf(),
  podLogsDir: statePaths.podLogs,
  volumePluginDir: join(statePaths.kubelet, 'volume-plugins'),
  makeIPTablesUtilChains: false,
  nodeStatusUpdateFrequency: '5s',
  syncFrequency: '10s',
  maxPods: 200,
});

const kubeProxy = (): object => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  clientConnection: { kubeconfig: kubeconfigOf('kube-proxy') },
  hostnameOverride: nodeName,
  clusterCIDR: network.pods,
  conntrack: { maxPerCore: 0 },
  healthzBindAddress: `127.0.0.1:${ports.proxyHealth}`,
  metricsBindAddress: `127.0.0.1:${ports.proxyMetrics}`,
});

// systemd-resolved listens on loopback, which a pod cannot reach; the real servers are in its own file.
function resolvConf(): string {
  const ofResolved = '/run/systemd/resolve/resolv.conf';
  const usesLoopback = existsSync('/etc/resolv.conf') && /^nameserver\s+127\./m.test(readFileSync('/etc/resolv.conf', 'utf8'));
  return usesLoopback && existsSync(ofResolved) ? ofResolved : '/etc/resolv.conf';
}
