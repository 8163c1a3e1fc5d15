// Binaries of the cluster and of the tests: each module folder under tools/cluster/go pins its versions in go.mod and go.sum. A change here or there is another folder of the cache.
const kubernetesVersion = '1.35.4';
const [major, minor] = kubernetesVersion.split('.');
const stamp = [
  `k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`,
  `k8s.io/component-base/version.gitMajor=${major}`,
  `k8s.io/component-base/version.gitMinor=${minor}`,
  'k8s.io/component-base/version.gitTreeState=clean',
  `k8s.io/client-go/pkg/version.gitVersion=v${kubernetesVersion}`,
];

/** @typedef {{module: string, package: string, stamp?: string[], tags?: string}} Build */

/** @type {Record<string, Build>} */
export const builds = {
  etcd: { module: 'kubernetes', package: 'go.etcd.io/etcd/server/v3' },
  'kube-apiserver': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver', stamp },
  kubectl: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl', stamp },
  'kube-controller-manager': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-controller-manager', stamp },
  'kube-scheduler': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-scheduler', stamp },
  kubelet: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubelet', stamp },
  'kube-proxy': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-proxy', stamp },
  'rollouts-controller': { module: 'kubernetes', package: 'github.com/argoproj/argo-rollouts/cmd/rollouts-controller', stamp },
  // Its own main.go: with all plugins, most of the build would be the clients of clouds.
  coredns: { module: 'coredns', package: '.' },
  // Debian's Prometheus is built without the discovery of Kubernetes pods; this one has that and no other.
  prometheus: {
    module: 'prometheus',
    package: 'github.com/prometheus/prometheus/cmd/prometheus',
    tags: 'remove_all_sd,enable_kubernetes_sd',
  },
  helm: {
    module: 'helm',
    package: 'helm.sh/helm/v4/cmd/helm',
    stamp: ['helm.sh/helm/v4/internal/version.version=v4.3.1'],
  },
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
