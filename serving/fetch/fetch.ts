import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BundleFailure } from '../bundle/failure.ts';
import { inspectGraph } from '../bundle/graph/inspect.ts';
import { type BundleManifest, MAX_MANIFEST_BYTES, parseManifest } from '../bundle/manifest.ts';
import { MANIFEST_NAME } from '../bundle/paths.ts';
import { digestOf } from '../bundle/seal.ts';
import { decodeText } from '../bundle/text.ts';
import type { FetchConfig } from '../config/fetch.ts';
import { copyVerified, writeWhole } from './copy.ts';
import { retried } from './retried.ts';
import type { Source } from './source/opened.ts';
import { sourceOf } from './source/source.ts';

/** Well before the operator's Job is ended from outside, which would leave no report. */
const DEADLINE_MS = 10 * 60_000;
const INCOMING = '.incoming';

/** Where a bundle lies and what it has to be; a digest or version that is absent is not compared. */
type BundleToFetch = Pick<FetchConfig, 'uri' | 'dir' | 'allowedHosts' | 'maxBytes' | 'claimDir' | 's3'> & {
  digest: string | undefined;
  version: string | undefined;
};

/**
 * Copies the bundle at `config.uri` into `config.dir`, trusting nothing but `config.digest`: the manifest must have
 * that digest, every file the size and sha256 the manifest gives; what it does not list is never asked for. Files
 * appear under their names only when verified, read-only, and bundle.yaml last of all.
 * @param withinMs time for all of it
 * @throws BundleFailure
 */
export async function fetchBundle(config: BundleToFetch, withinMs = DEADLINE_MS): Promise<BundleManifest> {
  const signal = AbortSignal.timeout(withinMs);
  try {
    return await fetchInto(config, sourceOf(config), signal);
  } catch (error) {
    if (signal.aborted) throw new BundleFailure('OutOfTime', `The bundle could not be fetched within ${withinMs / 60_000} min.`, error);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new BundleFailure('NoSpace', `Not enough space for the bundle in ${config.dir}.`, error);
    }
    throw error;
  } finally {
    await rm(join(config.dir, INCOMING), { recursive: true, force: true });
  }
}

async function fetchInto(config: BundleToFetch, source: Source, signal: AbortSignal): Promise<BundleManifest> {
  const incoming = join(config.dir, INCOMING);
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true });
  const bytes = await retried(() => readManifest(source, signal), signal);
  checkDigest(bytes, config);
  const manifest = parseManifest(decodeText(bytes, MANIFEST_NAME));
  checkVersion(manifest, config);
  checkTotal(manifest, bytes.length, config.maxBytes);
  for (const file of manifest.files) {
    const part = join(incoming, 'file');
    await copyVerified(source, file, part, signal);
    if (file.path === manifest.graph) await inspectGraph(part, file.path);
    await settle(part, join(config.dir, file.path));
  }
  const part = join(incoming, 'manifest');
  await writeWhole(part, (handle) => handle.writeFile(bytes));
  await settle(part, join(config.dir, MANIFEST_NAME));
  return manifest;
}

async function readManifest(source: Source, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const { bytes } = await source(MANIFEST_NAME, signal);
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > MAX_MANIFEST_BYTES) {
      throw new BundleFailure('DigestMismatch', `${MANIFEST_NAME} is larger than ${MAX_MANIFEST_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function checkDigest(bytes: Buffer, { digest }: BundleToFetch): void {
  const found = digestOf(bytes);
  if (digest === undefined || found === digest) return;
  throw new BundleFailure('DigestMismatch', `${MANIFEST_NAME} has the digest ${found}, but the release specifies ${digest}.`);
}

function checkVersion(manifest: BundleManifest, { version }: BundleToFetch): void {
  if (version === undefined || manifest.version === version) return;
  const message = `The bundle contains version ${manifest.version}, but the release specifies ${version}.`;
  throw new BundleFailure('VersionMismatch', message);
}

function checkTotal(manifest: BundleManifest, manifestSize: number, maxBytes: number): void {
  const total = manifest.files.reduce((sum, file) => sum + file.size, manifestSize);
  if (total <= maxBytes) return;
  throw new BundleFailure('TooLarge', `The bundle has ${total} bytes; the operator allows ${maxBytes}.`);
}

async function settle(part: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await chmod(part, 0o444);
  await rename(part, file);
}
