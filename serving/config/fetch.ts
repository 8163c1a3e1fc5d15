import { z } from 'zod';
import { ENV, MAX_BUNDLE_BYTES, MOUNTS, TERMINATION_LOG } from '../contract/env.ts';
import { digest, httpUrl, list, optional, parseEnv, required, wholeNumber } from './fields.ts';

const FetchEnv = z.object({
  [ENV.modelVersion]: required('version that the bundle must have'),
  [ENV.bundleUri]: required('location of the bundle'),
  [ENV.bundleDigest]: digest,
  [ENV.bundleDir]: z.string().min(1).default(MOUNTS.bundle),
  [ENV.allowedHosts]: list,
  [ENV.maxBundleBytes]: wholeNumber(MAX_BUNDLE_BYTES, 1, 2 ** 50),
  [ENV.s3Endpoint]: httpUrl,
  [ENV.s3Region]: optional,
  [ENV.terminationLog]: z.string().min(1).default(TERMINATION_LOG),
});

/** What the fetch and validate commands need. */
export interface FetchConfig {
  version: string;
  uri: string;
  digest: string;
  dir: string;
  /** Lower-case host names or `*.suffix`; empty = none. */
  allowedHosts: readonly string[];
  maxBytes: number;
  claimDir: string;
  terminationLog: string;
  /** Where `s3://` bundles lie. Credentials are read by the S3 client itself, from the environment or the pod's identity. */
  s3: S3Config;
}

export interface S3Config {
  /** Absent = AWS. */
  endpoint: string | undefined;
  /** Absent = the client's own default. */
  region: string | undefined;
}

/** @throws ConfigError naming every faulty variable. */
export function fetchConfigOf(env: NodeJS.ProcessEnv): FetchConfig {
  const read = parseEnv(FetchEnv, env);
  return Object.freeze({
    version: read[ENV.modelVersion],
    uri: read[ENV.bundleUri],
    digest: read[ENV.bundleDigest],
    dir: read[ENV.bundleDir],
    allowedHosts: Object.freeze(read[ENV.allowedHosts].map((host) => host.toLowerCase())),
    maxBytes: read[ENV.maxBundleBytes],
    claimDir: MOUNTS.claim,
    terminationLog: read[ENV.terminationLog],
    s3: Object.freeze({ endpoint: read[ENV.s3Endpoint], region: read[ENV.s3Region] }),
  });
}
