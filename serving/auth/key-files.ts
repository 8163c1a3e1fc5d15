import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../telemetry/log.ts';

/** A Secret holds at most 1 MiB in all. */
const MAX_FILE_BYTES = 1024 * 1024;
const LINE = /^sha256:[0-9a-f]{64}$/;

/** What the file of one caller holds. */
export interface KeyFile {
  /** Changes whenever the content may have; undefined = read it again next time. */
  stamp: string | undefined;
  /** `sha256:` and 64 hexadecimal digits each. */
  hashes: readonly string[];
}

/** Files by caller, and one sentence on each that cannot be used. */
interface KeyFiles {
  files: ReadonlyMap<string, KeyFile>;
  faults: readonly string[];
}

/**
 * Reads the files of `dir` that have changed since `known`. A file that cannot be used keeps what it held before, so
 * that a slip of the hand locks nobody out, while keys removed from other files are gone at once.
 * @throws when the directory cannot be read
 */
export async function readKeyFiles(dir: string, known: ReadonlyMap<string, KeyFile>): Promise<KeyFiles> {
  const files = new Map<string, KeyFile>();
  const faults: string[] = [];
  // Kubernetes keeps its own links there under names that begin with dots.
  const callers = (await readdir(dir)).filter((name) => !name.startsWith('.')).sort();
  for (const caller of callers) {
    const before = known.get(caller);
    try {
      files.set(caller, await readKeyFile(join(dir, caller), before));
    } catch (error) {
      faults.push(`The API keys of ${caller} cannot be read and ${consequence(before)}: ${messageOf(error)}.`);
      if (before !== undefined) files.set(caller, before.stamp === undefined ? before : { ...before, stamp: undefined });
    }
  }
  return { files, faults };
}

function consequence(before: KeyFile | undefined): string {
  return before === undefined ? 'are rejected' : 'the previous ones stay in force';
}

async function readKeyFile(path: string, before: KeyFile | undefined): Promise<KeyFile> {
  const { ino, mtimeMs, size } = await stat(path);
  const stamp = `${ino} ${mtimeMs} ${size}`;
  if (before?.stamp === stamp) return before;
  if (size > MAX_FILE_BYTES) throw new Error(`the file has ${size} bytes; the limit is ${MAX_FILE_BYTES}`);
  return { stamp, hashes: parseKeyFile(await readFile(path, 'utf8')) };
}

/** @throws naming the faulty line by its number alone: it may hold a key that should have been hashed */
export function parseKeyFile(text: string): string[] {
  const hashes: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const hash = line.trim();
    if (hash === '') continue;
    if (!LINE.test(hash)) {
      throw new Error(`line ${index + 1} must be sha256: followed by the 64 lower-case hexadecimal digits of the key's hash`);
    }
    hashes.push(hash);
  }
  return hashes;
}
