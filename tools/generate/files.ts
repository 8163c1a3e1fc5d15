import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { crdManifests, crdTemplate, rulesTemplate } from './chart.ts';
import { LEASE_RULES, modelRules } from './rbac.ts';
import { referenceOf } from './reference.ts';
import { withReasons } from './troubleshooting.ts';
import { type Crd, typesFrom } from './types.ts';

const CHART = 'charts/recommender-operator/templates';
const TROUBLESHOOTING = 'docs/troubleshooting.md';

/** A generated file: its path in the repository and its whole text. */
export interface Generated {
  path: string;
  text: string;
}

/** @param root the repository; @returns every file that follows from the schemas and the tables, in memory */
export async function generatedFiles(root: URL): Promise<Generated[]> {
  const sources = await crdSources(root);
  const crds = sources.map(({ text }) => parse(text) as Crd);
  return [
    { path: 'operator/api/types.gen.ts', text: await typesFrom(crds) },
    ...sources.map(({ name, text }) => ({ path: `${CHART}/crd-${name}.gen.yaml`, text: crdTemplate(text) })),
    { path: `${CHART}/_rules.gen.tpl`, text: rulesTemplate({ modelRules: modelRules(), leaseRules: LEASE_RULES }) },
    { path: 'manifests/base/crds.gen.yaml', text: crdManifests(sources.map(({ text }) => text)) },
    { path: 'docs/reference.md', text: referenceOf(crds) },
    { path: TROUBLESHOOTING, text: withReasons(await readFile(new URL(TROUBLESHOOTING, root), 'utf8')) },
  ];
}

async function crdSources(root: URL): Promise<{ name: string; text: string }[]> {
  const names = (await readdir(new URL('crds/', root))).filter((name) => name.endsWith('.yaml')).toSorted();
  return Promise.all(
    names.map(async (name) => ({
      name: name.replace('.yaml', ''),
      text: await readFile(new URL(`crds/${name}`, root), 'utf8'),
    })),
  );
}
