import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { FetchConfig } from '../config.ts';
import { inspectGraph } from './graph/inspect.ts';
import { BundleFailure } from './failure.ts';
import { TransientError } from './http.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts';
import type { BundleFile, BundleManifest } from './manifest.ts';
import { MANIFEST_NAME } from './paths.ts';
import { digestOf } from './seal.ts';
import { sourceOf } from './source.ts';
import type { Source } from './source.ts';

/** Well before the operator's Job is ended from outside, which would leave no report. */
const DEADLINE_MS = 10 * 60_000;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;
const INCOMING = '.incoming';

/**
 * Copies the bundle at `config.uri` into `config.dir`, trusting nothing but `config.digest`: the manifest must have
 * that digest, every file the size and sha256 the manifest gives; what it does not list is never asked for. Files
 * appear under their names only when verified, read-only, and bundle.yaml last of all.
 * @throws BundleFailure
 */
export async function fetchBundle(config: FetchConfig): Promise<BundleManifest> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    return await fetchInto(config, sourceOf(config), signal);
  } catch (error) {
    if (signal.aborted) throw new BundleFailure('OutOfTime', `The bundle was not read within ${DEADLINE_MS / 60_000} min.`, error);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new BundleFailure('NoSpace', `${config.dir} has no room for the bundle.`, error);
    }
    throw error;
  } finally {
    await rm(join(config.dir, INCOMING), { recursive: true, force: true });
  }
}

async function fetchInto(config: FetchConfig, source: Source, signal: AbortSignal): Promise<BundleManifest> {
  const incoming = join(config.dir, INCOMING);
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true });
  const text = await retried(() => readManifest(source, signal), signal);
  checkDigest(text, config);
  const manifest = parseManifest(text.toString('utf8'));
  checkVersion(manifest, config);
  checkTotal(manifest, text.length, config.maxBytes);
  for (const file of manifest.files) {
    const part = join(incoming, 'file');
    await retried(() => copyVerified(source, file, part, signal), signal);
    if (file.path === manifest.graph) await inspectGraph(part, file.path);
    await settle(part, join(config.dir, file.path));
  }
  const part = join(incoming, 'manifest');
  await writeWhole(part, (handle) => handle.writeFile(text));
  await settle(part, join(config.dir, MANIFEST_NAME));
  return manifest;
}

async function readManifest(source: Source, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of await source(MANIFEST_NAME, signal)) {
    size += chunk.length;
    if (size > MAX_MANIFEST_BYTES) {
      throw new BundleFailure('DigestMismatch', `${MANIFEST_NAME} is larger than ${MAX_MANIFEST_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function checkDigest(text: Buffer, { digest }: FetchConfig): void {
  const found = digestOf(text);
  if (found === digest) return;
  throw new BundleFailure('DigestMismatch', `${MANIFEST_NAME} has the digest ${found}, but the release asks for ${digest}.`);
}

function checkVersion(manifest: BundleManifest, { version }: FetchConfig): void {
  if (manifest.version === version) return;
  const message = `The bundle holds version ${manifest.version}, but the release asks for ${version}.`;
  throw new BundleFailure('VersionMismatch', message);
}

function checkTotal(manifest: BundleManifest, manifestSize: number, maxBytes: number): void {
  const total = manifest.files.reduce((sum, file) => sum + file.size, manifestSize);
  if (total <= maxBytes) return;
  throw new BundleFailure('TooLarge', `The bundle holds ${total} bytes, more than the ${maxBytes} the operator allows.`);
}

/** Streams one file to `part`; stops reading at the first byte beyond the size the manifest gives. */
async function copyVerified(source: Source, file: BundleFile, part: string, signal: AbortSignal): Promise<void> {
  const hash = createHash('sha256');
  let size = 0;
  await writeWhole(part, async (handle) => {
    for await (const chunk of await source(file.path, signal)) {
      size += chunk.length;
      if (size > file.size) throw new BundleFailure('FileMismatch', `"${file.path}" is longer than the ${file.size} bytes listed.`);
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
  });
  if (size < file.size) {
    throw new BundleFailure('FileMismatch', `"${file.path}" ends after ${size} of the ${file.size} bytes listed.`);
  }
  if (hash.digest('hex') !== file.sha256) {
    throw new BundleFailure('FileMismatch', `"${file.path}" does not have the sha256 that ${MANIFEST_NAME} lists.`);
  }
}

async function writeWhole(part: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  await rm(part, { force: true });
  const handle = await open(part, 'wx', 0o600);
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function settle(part: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await chmod(part, 0o444);
  await rename(part, file);
}

/** Repeats `attempt` after transient failures, pausing 0.2, 0.4, 0.8 s, each pause up to half longer by chance. */
async function retried<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let made = 1; ; made += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientError) || signal.aborted) throw error;
      if (made === ATTEMPTS) {
        throw new BundleFailure('SourceUnavailable', `${error.message}, ${ATTEMPTS} times in a row.`, error);
      }
    }
    await pause(FIRST_PAUSE_MS * 2 ** (made - 1) * (1 + Math.random() / 2));
  }
}
