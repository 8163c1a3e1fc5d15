import { Environment } from '@marcbachmann/cel-js';
import type { Rule, Schema } from '../crds/crds.ts';
import type { Finding } from './structure.ts';

/** What the CEL rules of a schema say about an object, and which of them only the API server can evaluate. */
interface RuleFindings {
  findings: Finding[];
  left: string[];
}

const environment = new Environment({ unlistedVariablesAreDyn: true })
  // Kubernetes' additions to CEL, as far as they work without types.
  .registerFunction('list.isSorted(): bool', (list: Comparable[]) => list.every((each, index) => index === 0 || list[index - 1]! <= each))
  .registerFunction('list.sum(): int', (list: bigint[]) => list.reduce((sum, each) => sum + each, 0n));

type Comparable = bigint | number | string;

/** Evaluates every rule of `schema` on the part of `object` it belongs to. The object has its defaults already. */
export function ruleFindings(schema: Schema, object: unknown): RuleFindings {
  const found: RuleFindings = { findings: [], left: [] };
  walk(schema, object, [], found);
  return { ...found, left: [...new Set(found.left)] };
}

function walk(schema: Schema, value: unknown, path: Finding['path'], found: RuleFindings): void {
  if (value === undefined || value === null) return;
  for (const rule of schema['x-kubernetes-validations'] ?? []) judge(rule, schema, value, path, found);
  if (Array.isArray(value)) {
    for (const [index, each] of value.entries()) if (schema.items) walk(schema.items, each, [...path, index], found);
  } else if (typeof value === 'object') {
    for (const [key, each] of Object.entries(value)) {
      const below = schemaOf(schema, key);
      if (below) walk(below, each, [...path, key], found);
    }
  }
}

const schemaOf = (schema: Schema | undefined, key: string): Schema | undefined =>
  schema?.properties?.[key] ?? (typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined);

function judge({ rule, message }: Rule, schema: Schema, value: unknown, path: Finding['path'], found: RuleFindings): void {
  // A rule about the old object says nothing about a new one.
  if (/\boldSelf\b/.test(rule)) return void found.left.push(rule);
  try {
    const holds: unknown = environment.evaluate(rule, { self: typed(schema, value) });
    if (holds === true) return;
    if (holds !== false) return void found.left.push(rule);
    found.findings.push({ path, message: message ?? `must satisfy ${rule}` });
  } catch {
    found.left.push(rule);
  }
}

/** CEL distinguishes integers from other numbers and times from strings, by the schema. */
function typed(schema: Schema | undefined, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => typed(schema?.items, each));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, typed(schemaOf(schema, key), each)]));
  }
  if (typeof value === 'string' && schema?.['format'] === 'date-time') return Number.isNaN(Date.parse(value)) ? value : new Date(value);
  return typeof value === 'number' && Number.isInteger(value) && schema?.type !== 'number' ? BigInt(value) : value;
}
