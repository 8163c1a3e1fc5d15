import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { crdTemplate } from './chart.ts';
import { type Manifest, manifestsIn, RELEASE } from './helm.ts';
import { LEASE_RULES, modelRules } from './rbac.ts';

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

async function base(): Promise<Manifest[]> {
  const { resources } = parse(await read('manifests/base/kustomization.yaml')) as { resources: string[] };
  return (await Promise.all(resources.map((file) => read(`manifests/base/${file}`)))).flatMap(manifestsIn);
}

const named = (manifests: Manifest[], kind: string, name: string): Manifest | undefined =>
  manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);

describe('manifests/base', () => {
  it('holds the CRDs word for word', async () => {
    const manifests = await base();
    for (const file of ['recommendermodels', 'modelversions']) {
      const source = parse(await read(`crds/${file}.yaml`)) as Manifest;
      expect(named(manifests, source.kind, source.metadata.name)).toEqual(source);
    }
  });

  it('grants what the table of kinds says and no more', async () => {
    const manifests = await base();
    expect(named(manifests, 'ClusterRole', RELEASE.name)?.rules).toEqual(modelRules());
    expect(named(manifests, 'Role', `${RELEASE.name}-leader`)?.rules).toEqual(LEASE_RULES);
    const roles = manifests.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
    expect(roles.map(({ metadata }) => metadata.name)).toEqual([RELEASE.name, `${RELEASE.name}-view`, `${RELEASE.name}-edit`, `${RELEASE.name}-leader`]);
  });

  it.each([
    ['view', ['get', 'list', 'watch']],
    ['edit', ['create', 'update', 'patch', 'delete', 'deletecollection']],
  ])('adds to the role %s that people have what they need for models, and never a status', async (role, verbs) => {
    const found = named(await base(), 'ClusterRole', `${RELEASE.name}-${role}`);
    expect(found?.metadata.labels).toMatchObject({ [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true' });
    expect(found?.rules).toEqual([{ apiGroups: ['recommender.dev'], resources: ['recommendermodels', 'modelversions'], verbs }]);
  });

  it('runs the operator without root, capabilities and a writable root filesystem', async () => {
    const deployment = named(await base(), 'Deployment', RELEASE.name) as unknown as {
      spec: { template: { spec: { securityContext: object; containers: { securityContext: object }[] } } };
    };
    const { securityContext, containers } = deployment.spec.template.spec;
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(containers.map((container) => container.securityContext)).toEqual([
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ]);
  });
});

describe('a CRD in the chart', () => {
  it('keeps double braces as text, which Helm would read as its own', () => {
    const source = '# note\nkind: X\nmetadata:\n  name: x\nspec: {description: "{{args.model}}"}\n';
    expect(crdTemplate(source)).toContain('{description: "{{ "{{" }}args.model}}"}');
  });
});

describe('values.schema.json', () => {
  const accepts = async (change: (values: Record<string, Record<string, unknown>>) => void): Promise<string | undefined> => {
    const values = parse(await read('charts/recommender-operator/values.yaml')) as Record<string, Record<string, unknown>>;
    change(values);
    const ajv = new Ajv({ strictTypes: false });
    const schema = JSON.parse(await read('charts/recommender-operator/values.schema.json')) as object;
    return ajv.validate(schema, values) ? undefined : ajv.errorsText();
  };

  it('accepts the defaults', async () => {
    expect(await accepts(() => undefined)).toBeUndefined();
  });

  it.each([
    ['a misspelt value', 'promethues', 'url', 'http://x:9090', /additional properties/],
    ['a Prometheus without scheme', 'prometheus', 'url', 'prometheus:9090', /url must match/],
    ['credentials in a URL', 'prometheus', 'url', 'http://me:secret@prometheus:9090', /url must match/],
    ['a URL for a host', 'artifacts', 'allowedHosts', ['https://models.example.org/'], /allowedHosts\/0 must match/],
    ['a size in words', 'artifacts', 'maxBytes', '2Gi', /maxBytes must be integer/],
    ['credentials in the address of a store', 'artifacts', 's3', { endpoint: 'http://me:secret@minio:9000' }, /s3\/endpoint must match/],
    ['an unknown pull policy', 'image', 'pullPolicy', 'Sometimes', /pullPolicy must be equal/],
    ['a truncated digest', 'image', 'digest', 'sha256:abc', /digest must match/],
    ['an upper-case namespace', 'watch', 'namespace', 'Shop', /namespace must match/],
  ])('refuses %s', async (_, section, field, value, message) => {
    expect(await accepts((values) => (values[section] = { ...values[section], [field]: value }))).toMatch(message);
  });
});
