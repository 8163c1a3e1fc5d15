import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import type { Schema } from '../crds/crds.ts';

/** Where in the document, and what is wrong there. */
export interface Finding {
  path: readonly (string | number)[];
  message: string;
  /** Kubernetes would take it; it is hardly meant. */
  isAdvice?: boolean;
}

/**
 * Checks an object against a CRD's schema as the API server does, unknown fields included, and fills in the defaults
 * in place, since the rules that come after it are told of them.
 */
export function structureFindings(schema: Schema, object: unknown): Finding[] {
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: false, logger: false, verbose: true });
  addFormats.default(ajv, ['date-time']);
  const validate = ajv.compile(closed(schema, true));
  if (validate(object)) return [];
  return (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(findingOf);
}

/** The same schema in the words of JSON Schema: what is not named is refused, as `kubectl apply` has it. */
function closed(schema: Schema, isRoot = false): Schema {
  const { properties, items, additionalProperties, ...rest } = schema;
  // apiVersion, kind and metadata are Kubernetes' own: their shape is not in the CRD.
  const open = isRoot ? { metadata: { type: 'object', required: ['name'], ...metadataOf(properties) } } : {};
  const fields = properties && { ...mapped(properties), ...open };
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties !== undefined;
  return {
    ...rest,
    ...(fields ? { properties: fields } : {}),
    ...(fields && !isOpen ? { additionalProperties: false } : {}),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: closed(additionalProperties) } : {}),
    ...(items ? { items: closed(items) } : {}),
  };
}

const metadataOf = (properties: Schema['properties']) => ({ properties: { name: { type: 'string' }, ...properties?.['metadata']?.properties } });

const mapped = (properties: Record<string, Schema>) => Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, closed(each)]));

function findingOf(error: ErrorObject): Finding {
  const path = error.instancePath.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const params = error.params as Record<string, unknown>;
  const { description } = (error.parentSchema ?? {}) as Schema;
  const about = description === undefined ? '' : ` (${description.replace(/\.$/, '')})`;
  switch (error.keyword) {
    case 'additionalProperties':
      return { path: [...path, String(params['additionalProperty'])], message: `there is no such field${nearest(error)}` };
    case 'required':
      return { path, message: `needs ${String(params['missingProperty'])}` };
    case 'enum':
      return { path, message: `must be ${(params['allowedValues'] as unknown[]).map(String).join(', ')}, not ${shown(error.data)}` };
    case 'type':
      return { path, message: `must be ${articled(String(params['type']))}, not ${shown(error.data)}${quoting(error)}` };
    case 'format':
    case 'pattern':
      return { path, message: `${shown(error.data)} does not have the form of this field${about}` };
    default:
      return { path, message: `${error.message ?? error.keyword}, but is ${shown(error.data)}` };
  }
}

const articled = (type: string) => ({ integer: 'a whole number', number: 'a number', object: 'a map', array: 'a list', boolean: 'true or false', string: 'a text' })[type] ?? type;

const quoting = ({ params, data }: ErrorObject) =>
  (params as { type?: string }).type === 'string' && (typeof data === 'number' || typeof data === 'boolean') ? ': put it in quotes' : '';

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** A field of the same place whose name differs by a letter or by case. */
function nearest({ parentSchema, params }: ErrorObject): string {
  const wrong = String((params as { additionalProperty?: string }).additionalProperty);
  const names = Object.keys((parentSchema as Schema | undefined)?.properties ?? {});
  const best = names.map((name) => ({ name, far: distance(name.toLowerCase(), wrong.toLowerCase()) })).toSorted((a, b) => a.far - b.far)[0];
  return best && best.far <= 2 ? `; is ${best.name} meant?` : `; there are: ${names.join(', ')}`;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
