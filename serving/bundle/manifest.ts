import semver from 'semver';
import { z } from 'zod';
import { faultWords } from '../common/fault-words.ts';
import { BundleFailure } from './failure.ts';
import { sentencesOf } from './faults.ts';
import { Input, isList, listOf, vocabularyFiles } from './inputs.ts';
import { FileName, TensorName } from './names.ts';
import { MANIFEST_NAME } from './paths.ts';
import { parseYaml } from './yaml.ts';

export const BUNDLE_API_VERSION = 'recommender.dev/bundle/v1';

/** Bound of bundle.yaml itself, bytes: it is read into memory before anything is known about it. */
export const MAX_MANIFEST_BYTES = 1024 * 1024;

const ModelName = z.string().max(63).regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, {
  error: 'must consist of lower-case letters, digits and "-", like a Kubernetes name',
});
/** YAML reads 1.0 as a number. */
const unquoted = ({ input }: { input: unknown }) =>
  typeof input === 'number' ? `must be a semantic version in quotes, such as "2.3.0", not the number ${input}` : undefined;
const Version = z.string({ error: unquoted }).max(63).refine((text) => semver.valid(text) === text, {
  error: 'must be a semantic version such as 2.3.0, without "v" and without build metadata',
});

const BundleFile = z.strictObject({
  path: FileName,
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be 64 lower-case hexadecimal digits' }),
});

const Lineage = z.strictObject({
  data: z.string().optional(),
  code: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  trainedAt: z.string().optional(),
});

const MAX_INPUTS = 16;

const shared = {
  apiVersion: z.literal(BUNDLE_API_VERSION),
  model: ModelName,
  version: Version,
  graph: FileName,
  /** The inputs of the graph, all of them. */
  inputs: z.array(Input).min(1).max(MAX_INPUTS),
  /** One JSON object a line: `{"request": …, "response": …, "tolerance": 1e-4}`; at least one must try the graph. */
  golden: FileName,
  /** Offline measures, compared by the operator's acceptance rules. */
  metrics: z.record(z.string().min(1).max(100), z.number()).default({}),
  lineage: Lineage.default({}),
};

/** Answers are items: rows of `items`, ranked by their scores. */
const itemsShape = {
  ...shared,
  /**
   * What the model goes by, and thus at least one input must be taken from: `user_id` for user-to-items (popular items
   * for an unknown or absent one), `history` for items-to-items (popular items without a known id), `text`, or what
   * callers have made of it in `context`, for text-to-items, `context` for context-to-items. Popular items also answer
   * where the graph says nothing: docs/bundles.md, “What a graph can say”.
   */
  task: z.enum(['user-to-items', 'items-to-items', 'text-to-items', 'context-to-items']),
  /**
   * Names of outputs of the graph. `items` and `scores`: the graph ranks, integer rows of `items` and their
   * scores, [batch × K] each. `scores` alone: the scores of all items, [batch × N], of which the server takes the best.
   */
  outputs: z.union([z.strictObject({ items: TensorName, scores: TensorName }), z.strictObject({ scores: TensorName })], {
    error: 'must be {items, scores} or {scores}, with names of graph outputs',
  }),
  /** One JSON object a line; line i describes row i: its `id` and whatever metadata answers shall carry and filters use. */
  items: FileName,
  /** JSON array of item ids, best first: the answer for unknown users, and for everybody when the model fails. */
  fallback: FileName,
};

/** Answers are labels with probabilities. */
const classesShape = {
  ...shared,
  task: z.enum(['text-to-classes', 'context-to-classes']),
  /**
   * Name of the output with the probabilities, [batch × C]; of two classes also that of the second alone, [batch] or
   * [batch × 1]. Outputs that are not named are not asked for.
   */
  outputs: z.strictObject({ probabilities: TensorName }),
  /** JSON array of labels, by column of the probabilities. */
  classes: FileName,
  /** JSON object label → probability, the answer when the model fails; absent = such requests fail. */
  fallback: FileName.optional(),
};

const TASK_ERROR = 'must be user-to-items, items-to-items, text-to-items, context-to-items, text-to-classes or context-to-classes';

/** What a packer states; sizes and digests are added by `sealBundle`. */
export const UnsealedManifest = z.discriminatedUnion('task', [z.strictObject(itemsShape), z.strictObject(classesShape)], {
  error: TASK_ERROR,
});
export type UnsealedManifest = z.input<typeof UnsealedManifest>;

const sealed = { files: z.array(BundleFile).min(1).max(1000) };

/** The content of bundle.yaml. */
export const BundleManifest = z
  .discriminatedUnion('task', [z.strictObject({ ...itemsShape, ...sealed }), z.strictObject({ ...classesShape, ...sealed })], {
    error: TASK_ERROR,
  })
  .superRefine((manifest, context) => {
    for (const message of inputFaults(manifest)) context.addIssue({ code: 'custom', path: ['inputs'], message });
    for (const message of [...fileListFaults(manifest.files), ...unlistedNames(manifest)]) {
      context.addIssue({ code: 'custom', path: ['files'], message });
    }
  });
export type BundleManifest = z.output<typeof BundleManifest>;
export type ClassesManifest = Extract<BundleManifest, { classes: string }>;
export type ItemsManifest = Exclude<BundleManifest, ClassesManifest>;
export type BundleFile = BundleManifest['files'][number];
export type Task = BundleManifest['task'];

/** Whether the answers of a task are labels with probabilities. */
export function isOfClasses(task: unknown): boolean {
  return String(task).endsWith('-to-classes');
}

/** What at least one input of a task must be taken from. */
const TASK_SOURCES: Readonly<Record<Task, readonly string[]>> = {
  'user-to-items': ['user_id'],
  'items-to-items': ['history'],
  'text-to-items': ['text', 'context.FIELD'],
  'context-to-items': ['context.FIELD'],
  'text-to-classes': ['text', 'context.FIELD'],
  'context-to-classes': ['context.FIELD'],
};

/** The files that the manifest's own fields name. */
export function namedFiles(manifest: BundleManifest): string[] {
  const { graph, golden, fallback, inputs } = manifest;
  const described = 'classes' in manifest ? manifest.classes : manifest.items;
  return [graph, described, fallback, golden, ...vocabularyFiles(inputs)].filter((name) => name !== undefined);
}

/**
 * Parses bundle.yaml. Aliases are refused (a few bytes could otherwise unfold to gigabytes), unknown fields too.
 * @throws BundleFailure `ManifestInvalid` whose message lists every fault.
 */
export function parseManifest(text: string): BundleManifest {
  const parsed = BundleManifest.safeParse(parseYaml(text, MANIFEST_NAME), { error: faultWords });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap(sentencesOf);
  throw new BundleFailure('ManifestInvalid', `${MANIFEST_NAME} is not a valid manifest: ${faults.join('; ')}.`);
}

function fileListFaults(files: readonly { path: string }[]): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const { path } of files) {
    // Names that differ only by case are one file on some storage.
    const folded = path.toLowerCase();
    if (folded === MANIFEST_NAME) faults.push(`${MANIFEST_NAME} cannot list itself`);
    if (seen.has(folded)) faults.push(`"${path}" is listed twice`);
    seen.add(folded);
  }
  const parents = files.flatMap(({ path }) => parentsOf(path.toLowerCase()));
  for (const parent of new Set(parents)) {
    if (seen.has(parent) || parent === MANIFEST_NAME) faults.push(`"${parent}" is listed as a file and used as a folder`);
  }
  return faults;
}

function parentsOf(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}

function unlistedNames(manifest: BundleManifest): string[] {
  const listed = new Set(manifest.files.map((file) => file.path));
  return namedFiles(manifest)
    .filter((name) => !listed.has(name))
    .map((name) => `"${name}" is used but not listed in files`);
}

function inputFaults(manifest: BundleManifest): string[] {
  const { inputs } = manifest;
  const names = inputs.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  return [...sourceFaults(manifest), ...twice.map((name) => `"${name}" is declared twice`), ...listFaults(inputs), ...fallbackFaults(manifest)];
}

function sourceFaults({ task, inputs }: BundleManifest): string[] {
  const sources = TASK_SOURCES[task];
  const given = inputs.map(({ from }): string => (from.startsWith('context.') ? 'context.FIELD' : from));
  if (sources.some((source) => given.includes(source))) return [];
  return [`the task ${task} requires an input with ${sources.map((source) => `"from: ${source}"`).join(' or ')}`];
}

function listFaults(inputs: readonly Input[]): string[] {
  const lost = inputs.flatMap((input) => ('of' in input && listOf(input, inputs) === undefined ? [input] : []));
  const lists = inputs.filter(isList).map(({ name }) => `"${name}"`).join(', ') || 'none';
  return lost.map(({ name, from, of }) => `"${name}" is the ${from} of "${of}", which is not an input with a list; inputs with a list: ${lists}`);
}

/** A user without a vocabulary may still be absent. */
function fallbackFaults({ inputs, fallback }: BundleManifest): string[] {
  if (fallback !== undefined) return [];
  const unknown = inputs.find((input) => 'whenUnknown' in input && input.whenUnknown === 'Fallback');
  if (unknown !== undefined) return [`"${unknown.name}" has "whenUnknown: Fallback", which requires a fallback in the manifest`];
  const absent = inputs.find((input) => input.from === 'user_id' && input.vocabulary === undefined);
  return absent === undefined ? [] : [`"${absent.name}" has no value for requests without user_id, which requires a fallback in the manifest`];
}
