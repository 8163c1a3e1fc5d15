import { BundleFailure } from '../../bundle/failure.ts';

/** Opens one file of a bundle by its plain path; the bytes come as a stream and are trusted by nobody yet. */
export type Source = (path: string, signal: AbortSignal, resume?: Resume) => Promise<Opened>;

/** Where a broken transfer stopped, and the entity tag of what it read. */
export interface Resume {
  /** Bytes that are here already. */
  offset: number;
  tag: string;
}

export interface Opened {
  /** Where `bytes` begin: `resume.offset`, or 0 when the source starts over. */
  offset: number;
  /** Strong entity tag of the content; absent = the transfer cannot be resumed. */
  tag: string | undefined;
  bytes: AsyncIterable<Uint8Array>;
}

/** A failure that may be gone at the next attempt. */
export class TransientError extends Error {}

/** The source would not go on where the transfer stopped; from the start it may. */
export class ResumeRefused extends TransientError {}

/** Statuses that may pass. */
export const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

interface Answer {
  /** The address, for messages. */
  where: string;
  isPartial: boolean;
  contentRange: string | undefined;
  contentEncoding: string | undefined;
  tag: string | undefined;
}

/**
 * Where the bytes of an answer belong in the file.
 * @throws BundleFailure for an answer that is not the file's own bytes, ResumeRefused for another part than asked for
 */
export function offsetOf({ where, isPartial, contentRange, contentEncoding, tag }: Answer, resume: Resume | undefined): number {
  if (contentEncoding !== undefined && contentEncoding !== '' && contentEncoding !== 'identity') {
    const message = `${where} is sent compressed (${contentEncoding.slice(0, 20)}); store the file uncompressed.`;
    throw new BundleFailure('SourceUnavailable', message);
  }
  if (!isPartial) return 0;
  if (resume === undefined) throw new BundleFailure('SourceUnavailable', `${where} returned only a part of the file.`);
  const [, start] = /^bytes (\d{1,15})-\d{1,15}\/(?:\d{1,15}|\*)$/.exec(contentRange ?? '') ?? [];
  if (Number(start) === resume.offset && (tag === undefined || tag === resume.tag)) return resume.offset;
  throw new ResumeRefused(`${where} resumed at another position of the file`);
}

/** The tag when it stands for the very bytes; a weak one allows other bytes with the same meaning. */
export function strongTag(tag: string | undefined): string | undefined {
  return tag?.startsWith('"') ? tag : undefined;
}
