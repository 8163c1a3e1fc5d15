// Binaries of the cluster and of the tests: each module folder under tools/cluster/go pins its versions in go.mod and
// go.sum. A change here or there is another folder of the cache.
const kubernetesVersion = '1.35.4';
const [major, minor] = kubernetesVersion.split('.');
const stamp = [
  `k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`,
  `k8s.io/component-base/version.gitMajor=${major}`,
  `k8s.io/component-base/version.gitMinor=${minor}`,
  'k8s.io/component-base/version.gitTreeState=clean',
  `k8s.io/client-go/pkg/version.gitVersion=v${kubernetesVersion}`,
];

/**
 * In the order in which they are built: the longest first. `stamp` is for the linker; a variable that a program does not
 * have is passed over.
 * @type {Record<string, {stamp?: string[], tags?: string}>}
 */
export const modules = {
  kubernetes: { stamp },
  helm: { stamp: ['helm.sh/helm/v4/internal/version.version=v4.3.1'] },
  // Debian's Prometheus is built without the discovery of Kubernetes pods; this one has that and no other.
  prometheus: { tags: 'remove_all_sd,enable_kubernetes_sd' },
  coredns: {},
  versitygw: {},
};

/** @type {Record<string, {module: string, package: string}>} */
export const builds = {
  etcd: { module: 'kubernetes', package: 'go.etcd.io/etcd/server/v3' },
  'kube-apiserver': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  kubectl: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl' },
  'kube-controller-manager': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
  'kube-scheduler': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  kubelet: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubelet' },
  'kube-proxy': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-proxy' },
  'rollouts-controller': { module: 'kubernetes', package: 'github.com/argoproj/argo-rollouts/cmd/rollouts-controller' },
  // Its own main.go: with all plugins, most of the build would be the clients of clouds.
  coredns: { module: 'coredns', package: 'recommender.dev/cluster/coredns' },
  prometheus: { module: 'prometheus', package: 'github.com/prometheus/prometheus/cmd/prometheus' },
  helm: { module: 'helm', package: 'helm.sh/helm/v4/cmd/helm' },
  // An S3 server over a folder, for the tests of `s3://` bundles.
  versitygw: { module: 'versitygw', package: 'github.com/versity/versitygw/cmd/versitygw' },
};

/** Files of Go modules that are wanted as they are, beside the binaries of that module. */
export const copies = {
  'argo-rollouts.yaml': { module: 'kubernetes', from: 'github.com/argoproj/argo-rollouts', path: 'manifests/install.yaml' },
};

/** What `npm run test:apiserver` needs. */
export const apiBinaries = ['etcd', 'kube-apiserver', 'kubectl'];

/** What `npm run test:serving` needs, besides Debian packages and Python packages. */
export const servingBinaries = ['versitygw'];

export const clusterBinaries = Object.keys(builds).filter((name) => !servingBinaries.includes(name));
