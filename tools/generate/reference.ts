import type { JSONSchema } from 'json-schema-to-typescript';
import type { MetricObject } from 'prom-client';
import { createMetrics } from '../../operator/telemetry/metrics.ts';
import { BASE_LABELS, METRICS } from '../../serving/contract/metrics.ts';
import type { Crd } from './types.ts';

/** A schema as CRDs write it: JSON Schema and Kubernetes' extensions. */
type Schema = JSONSchema & {
  'x-kubernetes-validations'?: { rule: string; message?: string }[];
  'x-kubernetes-int-or-string'?: boolean;
};

/** @returns a Markdown page with every field of every kind, and every metric of the serving pods and of the operator */
export function referenceOf(crds: readonly Crd[]): string {
  return [
    '<!-- Generated from crds/, serving/contract and operator/telemetry by `npm run generate`; do not edit. -->',
    '# Reference',
    'The [documentation](index.md) describes how to use these fields. A field without a default and without *required* may be left out.',
    ...crds.flatMap(kindSection),
    ...metricsSection(),
    ...operatorMetricsSection(),
    '',
  ].join('\n\n');
}

function kindSection(crd: Crd): string[] {
  const { names, group, versions } = crd.spec;
  const version = versions[0];
  if (!version) throw new Error(`crds: ${names.kind} has no version`);
  const root = version.schema.openAPIV3Schema;
  const parts = (['spec', 'status'] as const).flatMap((part) => {
    const schema = root.properties?.[part];
    return schema ? [`### ${names.kind} ${part}`, fieldTable(rowsOf(schema, part, root))] : [];
  });
  return [
    `## ${names.kind}`,
    `\`${group}/${version.name}\`, short name \`${(names.shortNames ?? []).join('`, `')}\`. ${root.description ?? ''}`,
    ...parts,
  ];
}

const fieldTable = (rows: readonly string[][]): string =>
  table(['field', 'type', 'default', 'rules', 'meaning'], rows);

function rowsOf(schema: Schema, path: string, parent: Schema): string[][] {
  const name = path.split('.').at(-1)?.replace('[]', '') ?? '';
  const required = Array.isArray(parent.required) && parent.required.includes(name);
  const own = [code(path), typeOf(schema), defaultOf(schema), rulesOf(schema, required), schema.description ?? ''];
  return [own, ...childrenOf(schema, path)];
}

function childrenOf(schema: Schema, path: string): string[][] {
  const items = schema.items as Schema | undefined;
  const inner = items ?? schema;
  const prefix = items ? `${path}[]` : path;
  const own = items ? (items['x-kubernetes-validations'] ?? []) : [];
  const fields = Object.entries(inner.properties ?? {}).flatMap(([name, child]) => rowsOf(child, `${prefix}.${name}`, inner));
  return own.length === 0 ? fields : [[code(prefix), 'object', '', rulesOf(inner, false), 'Each item.'], ...fields];
}

function typeOf(schema: Schema): string {
  if (schema.items) return 'list';
  if (typeof schema.additionalProperties === 'object') return 'map';
  return schema['x-kubernetes-int-or-string'] ? 'integer or string' : [schema.type].flat().join(' or ');
}

/** An object that defaults to `{}` is filled by the defaults of its fields, which have rows of their own. */
function defaultOf(schema: Schema): string {
  const text = schema.default === undefined ? '' : JSON.stringify(schema.default);
  return text === '' || text === '{}' ? '' : code(text.replace(/^"(.*)"$/, '$1'));
}

function rulesOf(schema: Schema, required: boolean): string {
  const { minimum, maximum, maxLength, minItems, maxItems, pattern, format } = schema;
  return [
    required && '*required*',
    schema.enum && `one of ${schema.enum.map((value) => code(typeof value === 'string' ? value : JSON.stringify(value))).join(', ')}`,
    minimum !== undefined && maximum !== undefined && `${minimum} to ${maximum}`,
    minItems !== undefined && maxItems !== undefined && `${minItems} to ${maxItems} items`,
    minItems === undefined && maxItems !== undefined && `at most ${maxItems} items`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    pattern !== undefined && `matches ${code(pattern)}`,
    format === 'date-time' && 'RFC 3339 time',
    ...(schema['x-kubernetes-validations'] ?? []).map(({ rule, message }) => message ?? code(rule)),
  ]
    .filter(Boolean)
    .join('; ');
}

function metricsSection(): string[] {
  const rows = Object.values(METRICS).map(({ name, type, labels, help }) => [
    code(name),
    type,
    labels.map((label) => code(label)).join(', '),
    help,
  ]);
  return [
    '## Metrics of the serving pods',
    `Every series also carries ${BASE_LABELS.map(code).join(', ')}.`,
    table(['metric', 'type', 'further labels', 'meaning'], rows),
  ];
}

function operatorMetricsSection(): string[] {
  const rows = createMetrics()
    .registry.getMetricsAsArray()
    .map((metric) => [code(metric.name), String(metric.type), labelsOf(metric).map(code).join(', '), metric.help.replaceAll('<', '&lt;')]);
  return [
    '## Metrics of the operator',
    'Only the operator that holds the lease reports models. Deleted models are not reported.',
    table(['metric', 'type', 'labels', 'meaning'], rows),
  ];
}

/** In the metric, though its type does not say so. */
const labelsOf = (metric: MetricObject): string[] => ('labelNames' in metric ? (metric.labelNames as string[]) : []);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = (cell: string): string => cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const code = (text: string): string => `\`${text}\``;
