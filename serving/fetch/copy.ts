import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { BundleFailure } from '../bundle/failure.ts';
import type { BundleFile } from '../bundle/manifest.ts';
import { MANIFEST_NAME } from '../bundle/paths.ts';
import { retried } from './retried.ts';
import { ResumeRefused, type Source } from './source/opened.ts';

/** What has arrived of a file. */
interface Copy {
  handle: FileHandle;
  hash: Hash;
  size: number;
  /** Of the content it comes from; absent = what breaks off starts over. */
  tag: string | undefined;
  /** Whether it was put together from several answers. */
  isResumed: boolean;
}

/**
 * Copies one file to `part` and verifies it. A transfer that breaks off goes on where it stopped, as long as the source
 * still has the same content; reading stops at the first byte beyond the size the manifest gives.
 * @throws BundleFailure `FileMismatch` and what the source throws
 */
export async function copyVerified(source: Source, file: BundleFile, part: string, signal: AbortSignal): Promise<void> {
  await writeWhole(part, async (handle) => {
    const copy: Copy = { handle, hash: createHash('sha256'), size: 0, tag: undefined, isResumed: false };
    await retried(() => receive(copy, source, file, signal), signal, () => copy.size);
    if (mismatchOf(copy, file) !== undefined && copy.isResumed) {
      // A storage that mixed up two contents proves nothing about this one: once more, in one piece.
      const inOnePiece: Source = (path, within) => source(path, within);
      await retried(() => receive(startedOver(copy), inOnePiece, file, signal), signal);
    }
    const mismatch = mismatchOf(copy, file);
    if (mismatch !== undefined) throw new BundleFailure('FileMismatch', mismatch);
  });
}

/** Makes a new file; what it holds is on the disk when this returns. */
export async function writeWhole(part: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  await rm(part, { force: true });
  const handle = await open(part, 'wx', 0o600);
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function receive(copy: Copy, source: Source, file: BundleFile, signal: AbortSignal): Promise<void> {
  const resume = copy.tag === undefined || copy.size === 0 ? undefined : { offset: copy.size, tag: copy.tag };
  try {
    const { offset, tag, bytes } = await source(file.path, signal, resume);
    if (offset === 0) startedOver(copy);
    else copy.isResumed = true;
    copy.tag = tag ?? resume?.tag;
    for await (const chunk of bytes) {
      if (copy.size + chunk.length > file.size) return void (copy.size += chunk.length);
      await append(copy, chunk);
    }
  } catch (error) {
    if (error instanceof ResumeRefused) startedOver(copy);
    throw error;
  }
}

async function append(copy: Copy, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    done += (await copy.handle.write(chunk, done, chunk.length - done, copy.size + done)).bytesWritten;
  }
  copy.hash.update(chunk);
  copy.size += chunk.length;
}

/** What is in the file already is written over; a verified file is as long as what was written last. */
function startedOver(copy: Copy): Copy {
  return Object.assign(copy, { hash: createHash('sha256'), size: 0, tag: undefined, isResumed: false });
}

function mismatchOf({ size, hash }: Copy, file: BundleFile): string | undefined {
  if (size > file.size) return `"${file.path}" is larger than the ${file.size} bytes listed in ${MANIFEST_NAME}.`;
  if (size < file.size) return `"${file.path}" ends after ${size} of the ${file.size} bytes listed in ${MANIFEST_NAME}.`;
  if (hash.copy().digest('hex') === file.sha256) return undefined;
  return `"${file.path}" does not match the sha256 in ${MANIFEST_NAME}.`;
}
