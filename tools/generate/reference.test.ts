import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Crd } from './types.ts';

type Schema = Crd['spec']['versions'][number]['schema']['openAPIV3Schema'];

/** Fields that hold a value and no further fields, which have no description, by path. */
function undescribed(schema: Schema, path: string): string[] {
  const inner = (schema.items as Schema | undefined) ?? schema;
  const prefix = inner === schema ? path : `${path}[]`;
  const fields = Object.entries(inner.properties ?? {});
  if (fields.length > 0) return fields.flatMap(([name, child]) => undescribed(child, `${prefix}.${name}`));
  return (schema.description ?? '') === '' ? [path] : [];
}

describe('the reference', () => {
  it.each(['recommendermodels', 'modelversions'])('gives a meaning to every field of %s', (name) => {
    const crd = parse(readFileSync(new URL(`../../crds/${name}.yaml`, import.meta.url), 'utf8')) as Crd;
    const { properties = {} } = crd.spec.versions[0]?.schema.openAPIV3Schema ?? {};
    const parts = (['spec', 'status'] as const).map((part) => [part, properties[part] ?? {}] as const);
    expect(parts.flatMap(([part, schema]) => undescribed(schema, part))).toEqual([]);
  });
});
