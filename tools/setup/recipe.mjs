// Binaries of the cluster and of the tests. Their versions are pinned in tools/cluster/go: one module, so that what they
// share is compiled once.
const kubernetesVersion = '1.35.4';
const [major, minor] = kubernetesVersion.split('.');

/** For the linker; a variable that a program does not have is passed over. */
export const stamp = [
  `k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`,
  `k8s.io/component-base/version.gitMajor=${major}`,
  `k8s.io/component-base/version.gitMinor=${minor}`,
  'k8s.io/component-base/version.gitTreeState=clean',
  `k8s.io/client-go/pkg/version.gitVersion=v${kubernetesVersion}`,
  'helm.sh/helm/v4/internal/version.version=v4.3.1',
];

/** Debian's Prometheus is built without the discovery of Kubernetes pods; this one has that and no other. */
export const tags = ['remove_all_sd', 'enable_kubernetes_sd'];

/** Binary → its package. */
export const builds = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kubelet: 'k8s.io/kubernetes/cmd/kubelet',
  'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
  'rollouts-controller': 'github.com/argoproj/argo-rollouts/cmd/rollouts-controller',
  // Its own main.go: with all plugins, most of the build would be the clients of clouds.
  coredns: './coredns',
  prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
  helm: 'helm.sh/helm/v4/cmd/helm',
  // An S3 server over a folder, for the tests of `s3://` bundles; with its own main.go for the same reason.
  versitygw: './versitygw',
};

/** Files of Go modules that are wanted as they are, beside the binary that they come with. */
export const copies = {
  'argo-rollouts.yaml': { with: 'rollouts-controller', from: 'github.com/argoproj/argo-rollouts', path: 'manifests/install.yaml' },
};

/** What `npm run test:apiserver` needs. */
export const apiBinaries = ['etcd', 'kube-apiserver', 'kubectl'];

/** What `npm run test:serving` needs, besides Debian packages and Python packages. */
export const servingBinaries = ['versitygw'];

export const clusterBinaries = Object.keys(builds).filter((name) => !servingBinaries.includes(name));
