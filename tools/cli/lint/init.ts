import { stringify } from 'yaml';
import { readCrds, type Schema } from '../crds/crds.ts';
import { CliFailure } from '../terminal/failure.ts';

export interface InitOptions {
  strategy: string;
  namespace?: string;
}

/** What somebody has to fill in; everything else has a default. */
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
 * A RecommenderModel with every default written out and the description of each field beside it, both from the CRD;
 * what has no default is named in a comment.
 * @throws CliFailure for a name or strategy that the CRD refuses
 */
export function commentedModel(name: string, { strategy, namespace }: InitOptions): string {
  const crd = readCrds().find(({ kind }) => kind === 'RecommenderModel');
  const spec = crd?.schema.properties?.['spec'];
  if (!crd || !spec) throw new CliFailure('crds/ holds no RecommenderModel: the checkout is not complete.');
  if (!/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    throw new CliFailure(`"${name}" cannot be the name of a model: lower-case letters, digits and "-", at most 40, a letter first.`, 2);
  }
  const strategies = (spec.properties?.['delivery']?.properties?.['strategy']?.enum ?? []).map(String);
  if (!strategies.includes(strategy)) throw new CliFailure(`There is no strategy ${strategy}; there are: ${strategies.join(', ')}.`, 2);
  return [
    '# Fill in spec.release ("npx recommender bundle pack" prints it); the rest are the defaults, which may be left out.',
    `apiVersion: ${crd.apiVersion}`,
    'kind: RecommenderModel',
    'metadata:',
    `  name: ${name}`,
    ...(namespace === undefined ? [] : [`  namespace: ${namespace}`]),
    'spec:',
    ...fields(withStrategy(spec, strategy, strategies), release(name)).map((line) => `  ${line}`),
  ].join('\n');
}

/** A shadow goes on by the steps of a canary; every other strategy has the settings that bear its name. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = { Shadow: ['shadow', 'canary'] };

/** The settings that only other strategies use are left out. */
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
const isGroup = ({ properties, required }: Schema) => required !== undefined || Object.values(properties ?? {}).some((each) => each.default !== undefined);

function hint({ type, enum: values, properties, items }: Schema): string {
  if (values) return values.map(String).join(' | ');
  if (properties) return `{${Object.keys(properties).join(', ')}}`;
  if (type === 'array') return `[${items?.properties ? `{${Object.keys(items.properties).join(', ')}}` : '…'}]`;
  return '…';
}
