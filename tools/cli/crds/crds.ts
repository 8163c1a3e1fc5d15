import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The part of OpenAPI v3 that CRDs use; other keywords stay as they are. */
export interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  'x-kubernetes-validations'?: Rule[];
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  [keyword: string]: unknown;
}

export interface Rule {
  rule: string;
  message?: string;
  messageExpression?: string;
}

export interface Crd {
  apiVersion: string;
  kind: string;
  schema: Schema;
}

const FOLDER = join(import.meta.dirname, '../../../crds');

interface CrdFile {
  metadata: { name: string };
  spec: { group: string; names: { kind: string }; versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
}

/** The CRDs in crds/: the operator's own description of its API. */
export function readCrds(): Crd[] {
  return crdFiles().flatMap(({ spec }) =>
    spec.versions.map(({ name, schema: { openAPIV3Schema: schema } }) =>
      ({ apiVersion: `${spec.group}/${name}`, kind: spec.names.kind, schema })),
  );
}

export function crdFiles(): CrdFile[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => parse(readFileSync(join(FOLDER, name), 'utf8')) as CrdFile);
}
