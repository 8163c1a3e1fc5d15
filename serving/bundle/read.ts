import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../telemetry/log.ts';
import { indexAttributes } from './attributes.ts';
import { type Bundle, Id, Item } from './bundle.ts';
import { BundleFailure } from './failure.ts';
import { type GoldenRequest, goldenSchema } from './golden.ts';
import { createInputs } from './input-values.ts';
import { vocabularyFiles } from './inputs.ts';
import { type BundleManifest, type ClassesManifest, type ItemsManifest, parseManifest } from './manifest.ts';
import { MANIFEST_NAME } from './paths.ts';
import { digestOf } from './seal.ts';
import { decodeText } from './text.ts';
import { readBytes, readJson, readRows } from './text-files.ts';

const Ids = z.array(Id);
/** Words of any text, such as labels and context values. */
const Words = z.array(z.string().min(1).max(10_000)).min(1);
/** Trainers keep a mapping from word to number, and save it as it is. */
const Vocabulary = z.preprocess((value, { addIssue }) => {
  if (isMapping(value)) addIssue('must be a list, not a mapping: write its keys in the order of their numbers');
  return value;
}, Words);
const Priors = z.record(z.string(), z.number().min(0).max(1));

/**
 * Reads a bundle that lies in `dir`, already verified against its digests.
 * @throws BundleFailure `ManifestInvalid`, `ContentInvalid`, or `FileMissing`.
 */
export async function readBundle(dir: string): Promise<Bundle> {
  const bytes = await readBytes(dir, MANIFEST_NAME);
  const manifest = parseManifest(decodeText(bytes, MANIFEST_NAME));
  const described = 'classes' in manifest ? await readClasses(dir, manifest) : await readItems(dir, manifest);
  const vocabularies = await readVocabularies(dir, manifest);
  const golden = await readRows(dir, manifest.golden, goldenSchema(manifest.task));
  const bundle = { manifest, digest: digestOf(bytes), graphFile: join(dir, manifest.graph), vocabularies, golden, ...described };
  checkGolden(bundle);
  return bundle;
}

/** The words of a vocabulary file; the position is the index. @throws BundleFailure */
export function readVocabulary(dir: string, name: string): Promise<string[]> {
  return readJson(dir, name, Vocabulary);
}

/** The items of a bundle, by row. @throws BundleFailure */
export function readItemRows(dir: string, name: string): Promise<Item[]> {
  return readRows(dir, name, Item);
}

async function readItems(dir: string, manifest: ItemsManifest) {
  const items = await readItemRows(dir, manifest.items);
  const itemRows = positions(items.map((item) => item.id), manifest.items, (id) => `the id ${JSON.stringify(id)}`);
  const popular = rowsOf(await readJson(dir, manifest.fallback, Ids), itemRows, manifest.fallback, manifest.items);
  return {
    items,
    itemRows,
    attributes: indexAttributes(items),
    classes: [],
    fallback: popular.map((row) => ({ row, score: 0 })),
  };
}

async function readClasses(dir: string, manifest: ClassesManifest) {
  const classes = await readJson(dir, manifest.classes, Words);
  const rows = positions(classes, manifest.classes, (label) => `the label ${JSON.stringify(label)}`);
  const fallback = await readPriors(dir, manifest, rows);
  return { items: [], itemRows: new Map<string, number>(), attributes: indexAttributes([]), classes, fallback };
}

async function readPriors(dir: string, { fallback, classes }: ClassesManifest, rows: ReadonlyMap<string, number>) {
  if (fallback === undefined) return undefined;
  const priors = Object.entries(await readJson(dir, fallback, Priors));
  const places = rowsOf(priors.map(([label]) => label), rows, fallback, classes);
  return places.map((row, index) => ({ row, score: priors[index]?.[1] ?? 0 })).sort((left, right) => right.score - left.score);
}

async function readVocabularies(dir: string, { inputs }: BundleManifest) {
  const found = new Map<string, ReadonlyMap<string, number>>();
  for (const vocabulary of new Set(vocabularyFiles(inputs))) {
    found.set(vocabulary, positions(await readVocabulary(dir, vocabulary), vocabulary));
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

/** @param called how a word is named in a message; users are not */
function positions(words: readonly string[], name: string, called = (_word: string) => 'a word'): Map<string, number> {
  const found = new Map(words.map((word, index) => [word, index]));
  if (found.size === words.length) return found;
  // Each word has the place of its last occurrence by now.
  const first = words.findIndex((word, index) => found.get(word) !== index);
  const word = words[first] ?? '';
  const places = `entries ${first + 1} and ${words.indexOf(word, first + 1) + 1}`;
  const others = words.length - found.size - 1;
  const more = others === 0 ? '' : `, and ${others} more ${others === 1 ? 'duplicate' : 'duplicates'}`;
  throw new BundleFailure('ContentInvalid', `${name} contains ${called(word)} twice (${places})${more}.`);
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param name file that holds `ids` @param described file that describes the rows */
function rowsOf(ids: readonly string[], rows: ReadonlyMap<string, number>, name: string, described: string): number[] {
  return ids.map((id) => {
    const row = rows.get(id);
    if (row === undefined) throw new BundleFailure('ContentInvalid', `${name} names "${id}", which is not in ${described}.`);
    return row;
  });
}
