import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

import { describe, expect, it } from '@jest/globals';

const load = async (path: string): Promise<unknown> => parse(await readFile(new URL(path, import.meta.url), 'utf8'));

interface CustomResourceDefinition {
  spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: object } } } }[] };
}

/** The schema with unknown fields forbidden, as `kubectl apply` with strict validation has it. */
function closed(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in inner ? { ...inner, additionalProperties: false } : inner;
}

describe('recommendermodel.yaml', () => {
  it('is what the API asks for', async () => {
    const crd = (await load('../../crds/recommendermodels.yaml')) as CustomResourceDefinition;
    const { spec } = (await load('./recommendermodel.yaml')) as { spec: unknown };
    const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false })
      .compile(closed(crd.spec.versions[0]!.schema.openAPIV3Schema.properties.spec) as object);
    validate(spec);
    expect(validate.errors).toBeNull();
  });
});
