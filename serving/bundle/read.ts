import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { wrongType } from '../common/wrong-type.ts';
import { messageOf } from '../telemetry/log.ts';
import { indexAttributes } from './attributes.ts';
import { type Bundle, Id, Item } from './bundle.ts';
import { BundleFailure } from './failure.ts';
import { type GoldenRequest, goldenSchema } from './golden.ts';
import { createInputs } from './input-values.ts';
import { type BundleManifest, type ItemsManifest, parseManifest } from './manifest.ts';
import { MANIFEST_NAME } from './paths.ts';
import { digestOf } from './seal.ts';

const Ids = z.array(Id);
/** Words of any text, such as labels and context values. */
const Words = z.array(z.string().min(1).max(10_000));
const Priors = z.record(z.string(), z.number().min(0).max(1));

/**
 * Reads a bundle that lies in `dir`, already verified against its digests.
 * @throws BundleFailure `ManifestInvalid`, `ContentInvalid`, or `FileMissing`.
 */
export async function readBundle(dir: string): Promise<Bundle> {
  const text = await readText(dir, MANIFEST_NAME);
  const manifest = parseManifest(text);
  const described = manifest.task === 'text-to-classes' ? await readClasses(dir, manifest) : await readItems(dir, manifest);
  const vocabularies = await readVocabularies(dir, manifest);
  const golden = await readRows(dir, manifest.golden, goldenSchema(manifest.task));
  const bundle = { manifest, digest: digestOf(text), graphFile: join(dir, manifest.graph), vocabularies, golden, ...described };
  checkGolden(bundle);
  return bundle;
}

async function readItems(dir: string, manifest: ItemsManifest) {
  const items = await readRows(dir, manifest.items, Item);
  const itemRows = positions(items.map((item) => item.id), manifest.items);
  const popular = rowsOf(await readJson(dir, manifest.fallback, Ids), itemRows, manifest.fallback, manifest.items);
  return {
    items,
    itemRows,
    attributes: indexAttributes(items),
    classes: [],
    fallback: popular.map((row) => ({ row, score: 0 })),
  };
}

async function readClasses(dir: string, manifest: Exclude<BundleManifest, ItemsManifest>) {
  const classes = await readJson(dir, manifest.classes, Words.min(1));
  const rows = positions(classes, manifest.classes);
  const fallback = await readPriors(dir, manifest, rows);
  return { items: [], itemRows: new Map<string, number>(), attributes: indexAttributes([]), classes, fallback };
}

async function readPriors(dir: string, { fallback, classes }: Exclude<BundleManifest, ItemsManifest>, rows: ReadonlyMap<string, number>) {
  if (fallback === undefined) return undefined;
  const priors = Object.entries(await readJson(dir, fallback, Priors));
  const places = rowsOf(priors.map(([label]) => label), rows, fallback, classes);
  return places.map((row, index) => ({ row, score: priors[index]?.[1] ?? 0 })).sort((left, right) => right.score - left.score);
}

async function readVocabularies(dir: string, { inputs }: BundleManifest) {
  const found = new Map<string, ReadonlyMap<string, number>>();
  for (const { vocabulary } of inputs) {
    if (vocabulary === undefined || found.has(vocabulary)) continue;
    found.set(vocabulary, positions(await readJson(dir, vocabulary, Words.min(1)), vocabulary));
  }
  return found;
}

/**
 * What the model cannot score is answered without the graph: golden requests of which all are like that, or expect
 * nothing, would pass whatever the graph does.
 */
function checkGolden(bundle: Bundle): void {
  const valuesOf = createInputs(bundle);
  const triesGraph = ({ request, expected }: GoldenRequest, index: number) => {
    try {
      return valuesOf(request) !== undefined && expected.length > 0;
    } catch (error) {
      throw new BundleFailure('ContentInvalid', `${bundle.manifest.golden}, golden request ${index + 1}: ${messageOf(error)}`, error);
    }
  };
  if (bundle.golden.map(triesGraph).includes(true)) return;
  throw new BundleFailure(
    'ContentInvalid',
    `${bundle.manifest.golden} must contain at least one request that the model can score (a user or history that its vocabularies know) ` +
      'with a non-empty expected answer; otherwise nothing tests the graph.',
  );
}

const TOO_LONG = new Set<unknown>(['ERR_FS_FILE_TOO_LARGE', 'ERR_STRING_TOO_LONG']);

async function readText(dir: string, name: string): Promise<string> {
  try {
    return await readFile(join(dir, name), 'utf8');
  } catch (error) {
    if (TOO_LONG.has((error as { code?: unknown }).code)) {
      throw new BundleFailure('ContentInvalid', `"${name}" is larger than 512 MiB; leave out what the model does not need.`, error);
    }
    throw new BundleFailure('FileMissing', `"${name}" cannot be read from the bundle directory.`, error);
  }
}

async function readJson<T>(dir: string, name: string, schema: z.ZodType<T>): Promise<T> {
  return parseJson(schema, await readText(dir, name), name);
}

async function readRows<T>(dir: string, name: string, schema: z.ZodType<T>): Promise<T[]> {
  const lines = (await readText(dir, name)).split('\n');
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [parseJson(schema, line, `${name} line ${index + 1}`)]));
}

function parseJson<T>(schema: z.ZodType<T>, text: string, where: string): T {
  const value = jsonOrUndefined(text);
  if (value === undefined) throw new BundleFailure('ContentInvalid', `${where} is not valid JSON.`);
  const parsed = schema.safeParse(value, { error: wrongType });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BundleFailure('ContentInvalid', `${where}: ${issue?.path.join('.') || 'value'}: ${issue?.message}.`);
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function positions(ids: readonly string[], name: string): Map<string, number> {
  const found = new Map(ids.map((id, index) => [id, index]));
  if (found.size === ids.length) return found;
  throw new BundleFailure('ContentInvalid', `${name} contains duplicate ids (${ids.length - found.size}).`);
}

/** @param name file that holds `ids` @param described file that describes the rows */
function rowsOf(ids: readonly string[], rows: ReadonlyMap<string, number>, name: string, described: string): number[] {
  return ids.map((id) => {
    const row = rows.get(id);
    if (row === undefined) throw new BundleFailure('ContentInvalid', `${name} names "${id}", which is not in ${described}.`);
    return row;
  });
}
