import { stringify } from 'yaml';
import { readCrds, type Schema } from '../crds/crds.ts';
import { CliFailure } from '../terminal/failure.ts';

export interface InitOptions {
  strategy: string;
  namespace?: string;
}

/** What the user must fill in; everything else has a default. */
const release = (name: string): Record<string, string> => ({
  version: '1.0.0',
  uri: `s3://my-bucket/${name}/1.0.0/`,
  digest: `sha256:${'0'.repeat(64)}`,
});

/** `init NAME`: prints the resource. */
export function init(name: string, options: InitOptions): void {
  console.log(commentedModel(name, options));
}

/**
 * A RecommenderModel with every default written out and each field described, both from the CRD; fields without a
 * default are shown as comments.
 * @throws CliFailure for a name or strategy that the CRD rejects
 */
export function commentedModel(name: string, { strategy, namespace }: InitOptions): string {
  const crd = readCrds().find(({ kind }) => kind === 'RecommenderModel');
  const spec = crd?.schema.properties?.['spec'];
  if (!crd || !spec) throw new CliFailure('crds/ has no RecommenderModel: the installation is incomplete.');
  if (!/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    const form = 'at most 40 lower-case letters, digits and "-", starting with a letter';
    throw new CliFailure(`"${name}" is not a valid model name: use ${form}.`, 2);
  }
  const strategies = (spec.properties?.['delivery']?.properties?.['strategy']?.enum ?? []).map(String);
  if (!strategies.includes(strategy)) throw new CliFailure(`Unknown strategy ${strategy}: use one of ${strategies.join(', ')}.`, 2);
  return [
    '# Fill in spec.release ("npx recommender bundle pack" prints it). Everything else is optional and set to its default.',
    `apiVersion: ${crd.apiVersion}`,
    'kind: RecommenderModel',
    'metadata:',
    `  name: ${name}`,
    ...(namespace === undefined ? [] : [`  namespace: ${namespace}`]),
    'spec:',
    ...fields(withStrategy(spec, strategy, strategies), release(name)).map((line) => `  ${line}`),
  ].join('\n');
}

/** A shadow continues with the steps of a canary; every other strategy has the settings of its own name. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = { Shadow: ['shadow', 'canary'] };

/** Without the settings that only other strategies use. */
function withStrategy(spec: Schema, strategy: string, strategies: readonly string[]): Schema {
  const delivery = spec.properties?.['delivery'];
  const settingsOf = (each: string) => SETTINGS[each] ?? [each.charAt(0).toLowerCase() + each.slice(1)];
  const others = strategies.flatMap(settingsOf).filter((key) => !settingsOf(strategy).includes(key));
  const kept = Object.entries(delivery?.properties ?? {}).filter(([key]) => !others.includes(key));
  const properties = Object.fromEntries(kept.map(([key, each]) => [key, key === 'strategy' ? { ...each, default: strategy } : each]));
  return { ...spec, properties: { ...spec.properties, delivery: { ...delivery, properties } } };
}

/** Lines of the fields of one map. */
function fields(schema: Schema, values: Record<string, string>): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    if (field.description?.startsWith('Deprecated:')) return [];
    const comment = field.description === undefined ? [] : [`# ${field.description}`];
    const value = key in values ? values[key] : field.default;
    if (field.properties && isGroup(field) && (value !== undefined || schema.required?.includes(key))) {
      return [...comment, `${key}:`, ...fields(field, values).map((line) => `  ${line}`)];
    }
    if (value === undefined) return [...comment, `# ${key}: ${hint(field)}`];
    return [...comment, ...stringify({ [key]: value }, { lineWidth: 0 }).trimEnd().split('\n')];
  });
}

/** A map whose fields have defaults of their own, or that must be filled in. */
const isGroup = ({ properties, required }: Schema) =>
  required !== undefined || Object.values(properties ?? {}).some((each) => each.default !== undefined);

function hint({ type, enum: values, properties, items }: Schema): string {
  if (values) return values.map(String).join(' | ');
  if (properties) return `{${Object.keys(properties).join(', ')}}`;
  if (type === 'array') return `[${items?.properties ? `{${Object.keys(items.properties).join(', ')}}` : '…'}]`;
  return '…';
}
