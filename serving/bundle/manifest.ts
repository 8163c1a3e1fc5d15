import semver from 'semver';
import { parse } from 'yaml';
import { z } from 'zod';

import { BundleFailure } from './failure.ts';
import { isPlainPath, MANIFEST_NAME } from './paths.ts';

export const BUNDLE_API_VERSION = 'recommender.dev/bundle/v1';

/** Bound of bundle.yaml itself, bytes: it is read into memory before anything is known about it. */
export const MAX_MANIFEST_BYTES = 1024 * 1024;

const FileName = z.string().refine(isPlainPath, {
  error: 'must be a plain relative path: letters, digits, ".", "_", "-" and "/", no ".." and no leading "."',
});
const TensorName = z.string().min(1).max(200);
const ModelName = z.string().max(63).regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, {
  error: 'must be lower-case letters, digits and "-", like a Kubernetes name',
});
const Version = z.string().max(63).refine((text) => semver.valid(text) === text, {
  error: 'must be a semantic version such as 2.3.0, without "v" and without build metadata',
});

const UserInput = z.strictObject({
  /** Name of the graph's input: int64 [batch] or [batch × 1], the position of the user in `vocabulary`. */
  name: TensorName,
  from: z.literal('user_id'),
  /** JSON array of user ids; the position is the index the graph expects. */
  vocabulary: FileName,
  whenUnknown: z.literal('Fallback'),
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

const shape = {
  apiVersion: z.literal(BUNDLE_API_VERSION),
  model: ModelName,
  version: Version,
  task: z.literal('user-to-items', { error: 'this serving image knows the task "user-to-items" only' }),
  graph: FileName,
  inputs: z.array(UserInput).length(1),
  /** Names of the graph's outputs: items int64 [batch × K] (row numbers of `items`), scores float [batch × K]. */
  outputs: z.strictObject({ items: TensorName, scores: TensorName }),
  items: FileName,
  fallback: FileName,
  golden: FileName,
  metrics: z.record(z.string().min(1).max(100), z.number()).default({}),
  lineage: Lineage.default({}),
};

/** What a packer states; sizes and digests are added by `sealBundle`. */
export const UnsealedManifest = z.strictObject(shape);
export type UnsealedManifest = z.input<typeof UnsealedManifest>;

/** The content of bundle.yaml. */
export const BundleManifest = z
  .strictObject({ ...shape, files: z.array(BundleFile).min(1).max(1000) })
  .superRefine((manifest, context) => {
    for (const message of [...fileListFaults(manifest.files), ...unlistedNames(manifest)]) {
      context.addIssue({ code: 'custom', path: ['files'], message });
    }
  });
export type BundleManifest = z.output<typeof BundleManifest>;
export type BundleFile = BundleManifest['files'][number];

/** The files that the manifest's own fields name. */
export function namedFiles(manifest: Pick<BundleManifest, 'graph' | 'items' | 'fallback' | 'golden' | 'inputs'>): string[] {
  const { graph, items, fallback, golden, inputs } = manifest;
  return [graph, items, fallback, golden, ...inputs.map((input) => input.vocabulary)];
}

/**
 * Parses bundle.yaml. Aliases are refused (a few bytes could otherwise unfold to gigabytes), unknown fields too.
 * @throws BundleFailure `ManifestInvalid` whose message lists every fault.
 */
export function parseManifest(text: string): BundleManifest {
  const parsed = BundleManifest.safeParse(parseYaml(text));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`);
  throw new BundleFailure('ManifestInvalid', `${MANIFEST_NAME} is not a valid manifest: ${faults.join('; ')}.`);
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    const [firstLine] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new BundleFailure('ManifestInvalid', `${MANIFEST_NAME} is not readable as YAML: ${firstLine}.`, error);
  }
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

function unlistedNames(manifest: Parameters<typeof namedFiles>[0] & { files: readonly { path: string }[] }): string[] {
  const listed = new Set(manifest.files.map((file) => file.path));
  return namedFiles(manifest)
    .filter((name) => !listed.has(name))
    .map((name) => `"${name}" is used but not listed`);
}
