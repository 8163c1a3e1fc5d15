import type { ValidationReport } from '../contract/report.ts';

/**
 * Everything that can be wrong with a bundle. `Invalid` is final and quarantines the digest, so it needs proof in the
 * content itself. `Unavailable` is everything else: the address, the release's version, the operator's settings or the
 * storage may be at fault, and the same digest may pass once they are corrected.
 */
export const BUNDLE_FAILURES = {
  ConfigInvalid: 'Unavailable',
  HostNotAllowed: 'Unavailable',
  AddressForbidden: 'Unavailable',
  RedirectRefused: 'Unavailable',
  SourceUnavailable: 'Unavailable',
  TooLarge: 'Unavailable',
  NoSpace: 'Unavailable',
  FileMissing: 'Unavailable',
  LinkRefused: 'Unavailable',
  UriInvalid: 'Unavailable',
  VersionMismatch: 'Unavailable',
  OutOfTime: 'Unavailable',
  OutOfMemory: 'Unavailable',
  Crashed: 'Unavailable',
  Internal: 'Unavailable',
  DigestMismatch: 'Invalid',
  ManifestInvalid: 'Invalid',
  FileMismatch: 'Invalid',
  ContentInvalid: 'Invalid',
  ExternalData: 'Invalid',
  GraphInvalid: 'Invalid',
  GoldenMismatch: 'Invalid',
} as const satisfies Record<string, Exclude<ValidationReport['result'], 'Passed'>>;

type BundleFailureReason = keyof typeof BUNDLE_FAILURES;

/** A bundle that cannot be served: `reason` for machines, `message` one sentence for people. */
export class BundleFailure extends Error {
  readonly reason: BundleFailureReason;

  constructor(reason: BundleFailureReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BundleFailure';
    this.reason = reason;
  }

  get result(): 'Invalid' | 'Unavailable' {
    return BUNDLE_FAILURES[this.reason];
  }
}
