import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

import { RecommendRequest } from '../scoring/request.ts';
import { BundleFailure } from './failure.ts';
import { parseManifest } from './manifest.ts';
import type { BundleManifest } from './manifest.ts';
import { MANIFEST_NAME } from './paths.ts';
import { digestOf } from './seal.ts';

const Ids = z.array(z.string().min(1).max(256));
const Item = z.looseObject({ id: z.string().min(1).max(256) });
const Golden = z.strictObject({
  request: RecommendRequest,
  response: z.looseObject({ items: z.array(z.looseObject({ id: z.string(), score: z.number() })) }),
  /** Largest accepted absolute difference of a score. */
  tolerance: z.number().min(0).default(1e-4),
});

/** An item as the bundle describes it: its id and whatever metadata the answer shall carry. */
export type Item = z.output<typeof Item>;
/** A request with its known answer. */
export type GoldenRequest = z.output<typeof Golden>;

/** A bundle in memory, all but the graph. */
export interface Bundle {
  manifest: BundleManifest;
  /** `sha256:…` of bundle.yaml. */
  digest: string;
  graphFile: string;
  /** User id → index the graph expects. */
  users: ReadonlyMap<string, number>;
  /** Row i describes output index i. */
  items: readonly Item[];
  /** Rows of `items`, best first. */
  popular: readonly number[];
  golden: readonly GoldenRequest[];
}

/**
 * Reads a bundle that lies in `dir`, already verified against its digests.
 * @throws BundleFailure `ManifestInvalid`, `ContentInvalid`, or `FileMissing`.
 */
export async function readBundle(dir: string): Promise<Bundle> {
  const text = await readText(dir, MANIFEST_NAME);
  const manifest = parseManifest(text);
  const [input] = manifest.inputs;
  if (input === undefined) throw new BundleFailure('ManifestInvalid', `${MANIFEST_NAME} names no input.`);
  const items = await readRows(dir, manifest.items, Item);
  const golden = await readRows(dir, manifest.golden, Golden);
  const users = positions(await readIds(dir, input.vocabulary), input.vocabulary);
  checkGolden(golden, users, manifest);
  return {
    manifest,
    digest: digestOf(text),
    graphFile: join(dir, manifest.graph),
    users,
    items,
    popular: rowsOf(await readIds(dir, manifest.fallback), positions(items.map((item) => item.id), manifest.items), manifest),
    golden,
  };
}

/** Popular items come without the graph: golden requests that expect nothing else would pass whatever the graph does. */
function checkGolden(golden: readonly GoldenRequest[], users: ReadonlyMap<string, number>, manifest: BundleManifest): void {
  const triesGraph = ({ request, response }: GoldenRequest) =>
    request.user_id !== undefined && users.has(request.user_id) && response.items.length > 0;
  if (golden.some(triesGraph)) return;
  throw new BundleFailure(
    'ContentInvalid',
    `${manifest.golden} must hold a request of a user in ${manifest.inputs[0]?.vocabulary} with an expected item, or nothing tries the graph.`,
  );
}

async function readText(dir: string, name: string): Promise<string> {
  try {
    return await readFile(join(dir, name), 'utf8');
  } catch (error) {
    throw new BundleFailure('FileMissing', `"${name}" cannot be read from the bundle directory.`, error);
  }
}

async function readIds(dir: string, name: string): Promise<string[]> {
  return parseJson(Ids, await readText(dir, name), name);
}

async function readRows<T>(dir: string, name: string, schema: z.ZodType<T>): Promise<T[]> {
  const lines = (await readText(dir, name)).split('\n');
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : [parseJson(schema, line, `${name} line ${index + 1}`)]));
}

function parseJson<T>(schema: z.ZodType<T>, text: string, where: string): T {
  const parsed = schema.safeParse(jsonOrUndefined(text));
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
  throw new BundleFailure('ContentInvalid', `${name} holds ${ids.length - found.size} ids more than once.`);
}

function rowsOf(ids: readonly string[], rows: ReadonlyMap<string, number>, manifest: BundleManifest): number[] {
  return ids.map((id) => {
    const row = rows.get(id);
    if (row === undefined) {
      throw new BundleFailure('ContentInvalid', `${manifest.fallback} names "${id}", which ${manifest.items} does not describe.`);
    }
    return row;
  });
}
