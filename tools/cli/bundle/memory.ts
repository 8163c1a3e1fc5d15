import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GraphFacts } from '../../../serving/bundle/graph/inspect.ts';
import type { Draft } from './draft.ts';

/** What the memory of a serving pod follows from. */
interface Sizes {
  /** Of the graph's file, tables included. */
  graphBytes: number;
  items: number;
  /** Of the file that describes the items. */
  itemBytes: number;
  /** Ids and words of all vocabularies. */
  words: number;
  /** Scores that leave the graph for one request; those of a graph that ranks are few. */
  scores: number;
}

/** What a serving pod takes at its peak. */
export interface MemoryNeeded {
  /** With one inference thread. */
  bytes: number;
  /** More for each further thread. */
  threadBytes: number;
  /** The memory limit to set for one thread: it has room for what the estimate misses. */
  limitBytes: number;
}

const MIB = 1024 ** 2;
/**
 * Fitted to peaks of resident memory of ten bundles with one and two threads and 64 callers, to within 17%: graphs of 0.3 to
 * 490 MiB, up to 1,000,000 items or 2,000,000 users; Node 24.21, onnxruntime 1.30.
 */
const LOADING = { process: 190 * MIB, thread: 50 * MIB };
const SERVING = { process: 240 * MIB, thread: 110 * MIB };
const ITEM_BYTES = 450;
const BYTES_PER_ITEM_BYTE = 5.6;
const WORD_BYTES = 160;
/** Full batches of float32, some of which wait for the garbage collector; it lets no more than this wait. */
const SCORE_BYTES = 8 * 32 * 4;
const MOST_SCORE_BYTES = 256 * MIB;
const ROOM = 1.25;
const STEP = 64 * MIB;

/** The limit in `spec.serving.resources` if nobody sets one. */
const DEFAULT_LIMIT = 512 * MIB;

export function memoryNeeded(sizes: Sizes): MemoryNeeded {
  const bytes = peak(sizes, 1);
  return { bytes, threadBytes: peak(sizes, 2) - bytes, limitBytes: Math.ceil((bytes * ROOM) / STEP) * STEP };
}

function peak({ graphBytes, items, itemBytes, words, scores }: Sizes, threads: number): number {
  const data = items * ITEM_BYTES + itemBytes * BYTES_PER_ITEM_BYTE + words * WORD_BYTES;
  const takes = ({ process, thread }: typeof LOADING) => process + (threads - 1) * thread + data;
  // A thread that loads the graph holds it twice: as the file has it, and as the runtime does. All but the first load at once.
  const copies = Math.max(2, 2 * threads - 1);
  const batches = threads * Math.min(MOST_SCORE_BYTES, scores * SCORE_BYTES);
  return Math.max(takes(LOADING) + copies * graphBytes, takes(SERVING) + threads * graphBytes + batches);
}

/** For people. */
export function memorySentence({ bytes, threadBytes, limitBytes }: MemoryNeeded): string {
  const advice =
    limitBytes <= DEFAULT_LIMIT
      ? `the default limit of ${quantity(DEFAULT_LIMIT)} is enough`
      : `set spec.serving.resources.limits.memory to at least ${quantity(limitBytes)} (default: ${quantity(DEFAULT_LIMIT)})`;
  const further = `each further inference thread takes ${quantity(threadBytes)} more`;
  return `about ${quantity(bytes)} to load and serve it: ${advice}; ${further}`;
}

/** In the spelling of the spec. */
function quantity(bytes: number): string {
  return `${Math.ceil(bytes / MIB)}Mi`;
}

/** Of a bundle, or of a draft as far as its files are there. */
export async function sizesOf(dir: string, draft: Draft, { bytes, outputs }: GraphFacts): Promise<Sizes> {
  const items = await countLines(join(dir, nameOr(draft['items'], 'items.jsonl')));
  const words = await Promise.all([...vocabulariesOf(draft)].map((name) => countWords(join(dir, name))));
  const ranks = outputs.some(({ type }) => type === 'int64' || type === 'int32');
  const sum = words.reduce((total, each) => total + each, 0);
  return { graphBytes: bytes, items: items.lines, itemBytes: items.bytes, words: sum, scores: ranks ? 0 : items.lines };
}

function vocabulariesOf({ inputs }: Draft): Set<string> {
  if (!Array.isArray(inputs)) return new Set(['users.json']);
  return new Set(inputs.map(({ vocabulary }: { vocabulary?: unknown }) => vocabulary).filter((name) => typeof name === 'string'));
}

function nameOr(name: unknown, usual: string): string {
  return typeof name === 'string' ? name : usual;
}

const LINE_FEED = 10;

async function countLines(file: string): Promise<{ lines: number; bytes: number }> {
  const counted = { lines: 0, bytes: 0 };
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      counted.bytes += chunk.length;
      for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) counted.lines += 1;
    }
  } catch {
    // Reported where the file is needed.
  }
  return counted;
}

async function countWords(file: string): Promise<number> {
  try {
    return Object.keys(JSON.parse(await readFile(file, 'utf8')) as object).length;
  } catch {
    return 0;
  }
}
