import { compile, type JSONSchema } from 'json-schema-to-typescript';

/** The part of a CustomResourceDefinition that the generators read. */
export interface Crd {
  metadata: { name: string };
  spec: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: { kind: string; plural: string; shortNames?: string[] };
    versions: { name: string; schema: { openAPIV3Schema: JSONSchema } }[];
  };
}

const BANNER = '// Generated from crds/ by `npm run generate`; do not edit.\n';

/**
 * @returns TypeScript source with one `…Spec` and one `…Status` interface per kind. Values are as the API server stores
 * them, with defaults filled in.
 */
export async function typesFrom(crds: Crd[]): Promise<string> {
  const sources = [];
  for (const crd of crds) {
    const root = crd.spec.versions[0]?.schema.openAPIV3Schema;
    for (const part of ['spec', 'status'] as const) {
      const schema = root?.properties?.[part];
      if (!schema) throw new Error(`crds: ${crd.spec.names.kind} has no ${part}`);
      const name = crd.spec.names.kind + (part === 'spec' ? 'Spec' : 'Status');
      sources.push(await compile({ ...stored(schema), title: name }, name, OPTIONS));
    }
  }
  return BANNER + sources.join('\n');
}

const OPTIONS = {
  bannerComment: '',
  additionalProperties: false,
  format: true,
  style: { singleQuote: true, printWidth: 120 },
  unknownAny: true,
  ignoreMinAndMaxItems: true,
} as const;

/** A property with a default is always there once stored, so it is required for readers. */
function stored(schema: JSONSchema): JSONSchema {
  const copy = structuredClone(schema);
  visit(copy);
  return copy;
}

function visit(node: JSONSchema): void {
  const properties = Object.entries(node.properties ?? {});
  const defaulted = properties.filter(([, child]) => child.default !== undefined).map(([name]) => name);
  if (defaulted.length > 0) node.required = [...new Set([...(Array.isArray(node.required) ? node.required : []), ...defaulted])];
  for (const [, child] of properties) visit(child);
  if (node.items && !Array.isArray(node.items)) visit(node.items);
  if (typeof node.additionalProperties === 'object') {
    const { anyOf } = node.additionalProperties;
    if (anyOf) node.additionalProperties = { anyOf };
    visit(node.additionalProperties);
  }
}
