import { stringify } from 'yaml';
import type { Generated } from './files.ts';
import { type Manifest, renderChart } from './helm.ts';
import { syncFiles } from './sync.ts';

const BANNER = '# Generated from charts/recommender-operator by `npm run generate:manifests`; do not edit.\n';

/** File of manifests/base an object is written to. */
const FILES: Record<string, string> = {
  ServiceAccount: 'rbac',
  ClusterRole: 'rbac',
  ClusterRoleBinding: 'rbac',
  Role: 'rbac',
  RoleBinding: 'rbac',
};

/** What the chart renders with its default values, without what only Helm reads; the CRDs come by `npm run generate`. */
function baseFiles(manifests: readonly Manifest[]): Generated[] {
  const others = manifests.filter(({ kind }) => kind !== 'CustomResourceDefinition');
  const files = Object.entries(Object.groupBy(others, ({ kind }) => FILES[kind] ?? 'operator'));
  return files.map(([name, objects = []]) => ({
    path: `manifests/base/${name}.gen.yaml`,
    text: BANNER + objects.map((object) => `---\n${stringify(withoutHelm(object), { lineWidth: 0 })}`).join(''),
  }));
}

/** @returns the object without annotations of helm.sh */
function withoutHelm(manifest: Manifest): Manifest {
  const { annotations, ...metadata } = manifest.metadata;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith('helm.sh/'));
  return {
    ...manifest,
    metadata: { ...metadata, ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }) },
  };
}

await syncFiles(new URL('../../', import.meta.url), baseFiles(await renderChart()), 'npm run generate:manifests');
