import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { nearestName } from '../../../serving/common/nearest-name.ts';
import type { Schema } from '../crds/crds.ts';

/** Where in the document, and what is wrong there. */
export interface Finding {
  path: readonly (string | number)[];
  message: string;
  /** Kubernetes accepts it, but it is probably unintended. */
  isAdvice?: boolean;
}

/**
 * Checks an object against a CRD's schema as the API server does, unknown fields included, and fills in the defaults
 * in place, because the rules that follow see them.
 */
export function structureFindings(schema: Schema, object: unknown): Finding[] {
  const validate = validators.get(schema) ?? compiled(schema);
  validators.set(schema, validate);
  if (validate(object)) return [];
  return (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(findingOf);
}

/** Compiling a CRD takes longer than checking a file of objects. */
const validators = new WeakMap<Schema, ValidateFunction>();

function compiled(schema: Schema): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: false, logger: false, verbose: true });
  addFormats.default(ajv, ['date-time']);
  return ajv.compile(closed(schema, true));
}

/** The same schema as JSON Schema: unknown fields are rejected, as `kubectl apply` does. */
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

const metadataOf = (properties: Schema['properties']) =>
  ({ properties: { name: { type: 'string' }, ...properties?.['metadata']?.properties } });

const mapped = (properties: Record<string, Schema>) =>
  Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, closed(each)]));

function findingOf(error: ErrorObject): Finding {
  const path = error.instancePath.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const params = error.params as Record<string, unknown>;
  const { description } = (error.parentSchema ?? {}) as Schema;
  const about = description === undefined ? '' : ` (${description.replace(/\.$/, '')})`;
  switch (error.keyword) {
    case 'additionalProperties':
      return { path: [...path, String(params['additionalProperty'])], message: `unknown field; ${nearest(error)}` };
    case 'required':
      return { path, message: `missing required field ${String(params['missingProperty'])}` };
    case 'enum':
      return { path, message: `must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}, got ${shown(error.data)}` };
    case 'type':
      return { path, message: `must be ${articled(String(params['type']))}, got ${described(error.data)}${quoting(error)}` };
    case 'format':
    case 'pattern':
      return { path, message: `${shown(error.data)} does not match the required format${about}` };
    default:
      return { path, message: `${error.message ?? error.keyword}, got ${shown(error.data)}` };
  }
}

const articled = (type: string) => `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`;

/** E.g. `number 1`; null is its own type. */
function described(value: unknown): string {
  if (value === null) return 'null';
  return `${Array.isArray(value) ? 'array' : typeof value} ${shown(value)}`;
}

const quoting = ({ params, data }: ErrorObject) =>
  (params as { type?: string }).type === 'string' && (typeof data === 'number' || typeof data === 'boolean') ? ': quote it' : '';

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** The known field whose name differs by a letter or by case; else all of them. */
function nearest({ parentSchema, params }: ErrorObject): string {
  const wrong = String((params as { additionalProperty?: string }).additionalProperty);
  const names = Object.keys((parentSchema as Schema | undefined)?.properties ?? {});
  const meant = nearestName(wrong, names);
  return meant === undefined ? `known fields: ${names.join(', ')}` : `did you mean ${meant}?`;
}
