import type { ValidationReport } from '../contract.ts';

/**
 * Everything that can be wrong with a bundle. `Invalid` is final: the same digest can never pass. `Unavailable` says
 * that the bundle could not be read now, or not from here; the same digest may pass later.
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
  UriInvalid: 'Invalid',
  DigestMismatch: 'Invalid',
  ManifestInvalid: 'Invalid',
  VersionMismatch: 'Invalid',
  FileMismatch: 'Invalid',
  ContentInvalid: 'Invalid',
  ExternalData: 'Invalid',
  GraphInvalid: 'Invalid',
  GoldenMismatch: 'Invalid',
  OutOfTime: 'Unavailable',
  Internal: 'Unavailable',
} as const satisfies Record<string, Exclude<ValidationReport['result'], 'Passed'>>;

export type BundleFailureReason = keyof typeof BUNDLE_FAILURES;

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
