import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Crd } from './types.ts';

type Schema = Crd['spec']['versions'][number]['schema']['openAPIV3Schema'];

/** Fields without a description, by path: `kubectl explain` has nothing to say about them. */
function undescribed(schema: Schema, path: string): string[] {
  const inner = (schema.items as Schema | undefined) ?? schema;
  const prefix = inner === schema ? path : `${path}[]`;
  const fields = Object.entries(inner.properties ?? {}).flatMap(([name, child]) => undescribed(child, `${prefix}.${name}`));
  return (schema.description ?? '') === '' ? [path, ...fields] : fields;
}

describe('the reference, and kubectl explain', () => {
  it.each(['recommendermodels', 'modelversions'])('give a meaning to every field of %s', (name) => {
    const crd = parse(readFileSync(new URL(`../../crds/${name}.yaml`, import.meta.url), 'utf8')) as Crd;
    // The API server describes metadata itself.
    const { metadata: _, ...properties } = crd.spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};
    expect(Object.entries(properties).flatMap(([field, schema]) => undescribed(schema, field))).toEqual([]);
  });
});
