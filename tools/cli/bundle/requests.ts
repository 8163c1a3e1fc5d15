import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Input } from '../../../serving/bundle/inputs.ts';
import { type BundleManifest, isOfClasses } from '../../../serving/bundle/manifest.ts';
import { RecommendRequest } from '../../../serving/bundle/request.ts';
import { decodeText } from '../../../serving/bundle/text.ts';
import { parseJson } from '../../../serving/bundle/text-files.ts';
import { CliFailure } from '../terminal/failure.ts';

const SAMPLES = 20;
const HISTORY_LENGTH = 5;
/** Fields of item metadata that contain words, best first. */
const TEXT_FIELDS = ['text', 'description', 'title', 'name', 'id'];

/** What requests are generated from. */
interface Words {
  /** Words of a vocabulary file. */
  vocabulary(file: string): readonly string[];
  items: readonly Record<string, unknown>[];
}

/** A request, or `{"request": …}` as in golden.jsonl. */
const GivenRequest = z.preprocess(
  (value) => (typeof value === 'object' && value !== null && 'request' in value ? value.request : value),
  RecommendRequest,
);

/**
 * Reads requests, one JSON object per line.
 * @throws CliFailure, BundleFailure naming the first faulty line
 */
export async function readRequests(file: string): Promise<RecommendRequest[]> {
  const bytes = await readFile(file).catch(() => {
    throw new CliFailure(`Cannot read ${file}.`);
  });
  const lines = decodeText(bytes, file).split('\n');
  const requests = lines.flatMap((line, index) => (line.trim() === '' ? [] : [parseJson(GivenRequest, line, `${file} line ${index + 1}`)]));
  if (requests.length === 0) throw new CliFailure(`${file} contains no requests.`);
  return requests;
}

/**
 * Generates requests from what the bundle knows: users, items and texts at equal distances.
 * @throws CliFailure when they need something that only the author of the model knows
 */
export function sampleRequests({ task, inputs }: BundleManifest, words: Words): RecommendRequest[] {
  const missing = inputs.flatMap(onlyKnownToAuthor);
  const what = missing[0] ?? (isOfClasses(task) ? 'texts' : undefined);
  if (what !== undefined) {
    throw new CliFailure(`Cannot generate golden requests because they need ${what}: provide some with --golden-requests FILE.`);
  }
  const made = Array.from({ length: SAMPLES }, (_, index) => {
    const request: RecommendRequest = {};
    for (const input of inputs) {
      if ('of' in input) continue;
      const { from, vocabulary } = input;
      const known = vocabulary === undefined ? undefined : words.vocabulary(vocabulary);
      if (from === 'user_id' && known) request.user_id = at(known, index);
      else if (from === 'history') request.history = historyOf(known ?? words.items.map(({ id }) => String(id)), index);
      else if (from === 'text') request.text = known ? at(known, index) : textOf(words, index);
    }
    return request;
  });
  // A short vocabulary gives the same ones again.
  return [...new Map(made.map((request) => [JSON.stringify(request), request])).values()];
}

/** What has to be in a request, and nothing in the bundle tells of. */
function onlyKnownToAuthor(input: Input): string[] {
  if ('of' in input || input.from === 'history' || input.from === 'text') return [];
  if (input.from === 'user_id') return input.vocabulary === undefined ? ['user ids'] : [];
  return input.default === undefined ? [`the field ${input.from}`] : [];
}

function historyOf(ids: readonly string[], index: number): string[] {
  const length = 1 + (index % HISTORY_LENGTH);
  return [...new Set(Array.from({ length }, (_, place) => at(ids, index + place * 7)))];
}

function textOf({ items }: Words, index: number): string {
  const item = at(items, index);
  const found = TEXT_FIELDS.map((field) => item[field]).find((value) => typeof value === 'string' && value !== '');
  return String(found).slice(0, 1000);
}

/** The entry at place `index` of SAMPLES equal distances; starts over where the list ends. */
function at<T>(list: readonly T[], index: number): T {
  const entry = list[Math.floor((index * list.length) / SAMPLES) % list.length];
  if (entry === undefined) throw new CliFailure('Cannot generate golden requests because the bundle has no items.');
  return entry;
}
