import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../operator/config.ts';
import { helm, type Manifest, manifestsIn, renderChart } from '../../tools/generate/helm.ts';

const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const CHART = path('charts/recommender-operator');

const idOf = ({ apiVersion, kind, metadata }: Manifest): string => `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** Objects by kind and name, without the annotations that only Helm reads. */
const byName = (manifests: Manifest[]): Record<string, Manifest> =>
  Object.fromEntries(
    manifests.map((manifest) => {
      const { annotations = {}, ...metadata } = manifest.metadata;
      const kept = Object.entries(annotations).filter(([key]) => !key.startsWith('helm.sh/'));
      return [idOf(manifest), { ...manifest, metadata: { ...metadata, annotations: Object.fromEntries(kept) } }];
    }),
  );

async function renderKustomization(): Promise<Manifest[]> {
  const { stdout } = await promisify(execFile)('kubectl', ['kustomize', path('manifests/base')], { maxBuffer: 16 << 20 });
  return manifestsIn(stdout);
}

const kindsOf = (manifests: Manifest[]): string[] => manifests.map(({ kind }) => kind).toSorted();
const envOf = (manifests: Manifest[]): Record<string, string | undefined> => {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment') as unknown as {
    spec: { template: { spec: { containers: { image: string; env: { name: string; value?: string }[] }[] } } };
  };
  const [container] = deployment.spec.template.spec.containers;
  return { image: container?.image, ...Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value])) };
};

describe('chart and manifests', () => {
  it('render the same objects', async () => {
    const chart = byName(await renderChart());
    const base = byName(await renderKustomization());
    expect(Object.keys(base).toSorted()).toEqual(Object.keys(chart).toSorted());
    for (const [name, object] of Object.entries(chart)) expect(base[name]).toEqual(object);
  });

  it('pass helm lint', async () => {
    const { stdout } = await helm('lint', '--strict', CHART);
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed');
  });
});

describe('the chart', () => {
  it('needs no ClusterRole where the namespace is named', async () => {
    const manifests = await renderChart('watch.namespace=shop');
    expect(kindsOf(manifests)).not.toContain('ClusterRole');
    const roles = manifests.filter(({ kind }) => kind === 'Role' || kind === 'RoleBinding');
    expect(roles.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`).toSorted()).toEqual([
      'Role recommender-system', 'Role shop',
      'RoleBinding recommender-system', 'RoleBinding shop',
    ]);
  });

  it('keeps the CRDs on uninstall unless told otherwise, and leaves them out when told so', async () => {
    const annotated = (manifests: Manifest[]) =>
      manifests.filter(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep').map(({ kind }) => kind);
    expect(annotated(await renderChart())).toEqual(['CustomResourceDefinition', 'CustomResourceDefinition']);
    expect(annotated(await renderChart('crds.keep=false'))).toEqual([]);
    expect(kindsOf(await renderChart('crds.install=false'))).not.toContain('CustomResourceDefinition');
  });

  it('hands its values to the operator', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const env = envOf(
      await renderChart(
        'image.repository=registry.example.org/operator', `image.digest=${digest}`,
        'servingImage.repository=registry.example.org/serving', 'servingImage.tag=9.9.9',
        'prometheus.url=https://prometheus.example.org/base', 'artifacts.allowedHosts={models.example.org,*.example.com}',
        'artifacts.maxBytes=5368709120', 'artifacts.s3.endpoint=http://minio.storage:9000', 'artifacts.s3.region=eu-central-1',
        'notifications.allowedHosts={hooks.example.org}', 'notifications.secretName=webhook-keys',
        'watch.namespace=shop', 'logLevel=debug',
      ),
    );
    expect(env.image).toBe(`registry.example.org/operator@${digest}`);
    expect(readConfig({ ...env, POD_NAME: 'operator-1', POD_NAMESPACE: 'recommender-system' })).toEqual({
      notify: { allowedHosts: ['hooks.example.org'], keys: '/etc/recommender/notify', timeoutMs: 10_000 },
      plan: {
        servingImage: 'registry.example.org/serving:9.9.9',
        prometheusUrl: 'https://prometheus.example.org/base',
        allowedHosts: ['models.example.org', '*.example.com'],
        maxBundleBytes: 5_368_709_120,
        s3: { endpoint: 'http://minio.storage:9000', region: 'eu-central-1' },
      },
      watchNamespace: 'shop',
      podName: 'operator-1',
      podNamespace: 'recommender-system',
      leaseSeconds: 15,
      probePort: 8081,
      logLevel: 'debug',
      kubeconfig: undefined,
    });
  });

  it('adds a ServiceMonitor on demand', async () => {
    expect(kindsOf(await renderChart())).not.toContain('ServiceMonitor');
    expect(kindsOf(await renderChart('serviceMonitor.enabled=true'))).toContain('ServiceMonitor');
  });

  it('refuses values that its schema does not know', async () => {
    await expect(renderChart('promethues.url=http://x')).rejects.toThrow(/additional properties 'promethues' not allowed/i);
  });
});
