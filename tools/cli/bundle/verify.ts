import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MANIFEST_NAME } from '../../../serving/bundle/paths.ts';
import { reportOf } from '../../../serving/bundle/report.ts';
import { digestOf } from '../../../serving/bundle/seal.ts';
import { ENV } from '../../../serving/contract/env.ts';
import type { ValidationReport } from '../../../serving/contract/report.ts';
import { fetchBundle } from '../../../serving/fetch/fetch.ts';
import { tryBounded } from '../../../serving/validate/bounded.ts';
import { CliFailure } from '../terminal/failure.ts';
import { requireFolder } from './folder.ts';

export interface VerifyOptions {
  /** Expected digest, `sha256:…`; absent = any. */
  digest?: string;
  version?: string;
  /** Endpoint and region of S3 storage; absent = from the environment. */
  endpoint?: string;
  region?: string;
  /** Hosts that redirects may lead to, besides the URI's own. */
  allowHost?: string[];
  /** Memory limit of the trial run, MiB. */
  memory?: number;
}

interface Verification {
  report: ValidationReport;
  /** Of the bundle that was read; undefined if none was. */
  digest: string | undefined;
}

/** Largest bundle that is fetched. */
const MAX_BYTES = 2 ** 35;
const MIB = 1024 ** 2;

/**
 * Checks a folder or a URI with the code of the validation Job: fetch, digests, graph, contract, golden requests.
 * @throws CliFailure when there is nothing to check
 */
export async function verify(target: string, options: VerifyOptions): Promise<Verification> {
  const dir = await mkdtemp(join(tmpdir(), 'recommender-verify-'));
  try {
    const report = await check(target, options, dir);
    const text = await readFile(join(dir, MANIFEST_NAME)).catch(() => undefined);
    return { report, digest: text && digestOf(text) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function check(target: string, options: VerifyOptions, dir: string): Promise<ValidationReport> {
  const { digest, version, memory } = options;
  const place = placeOf(target, options);
  try {
    await fetchBundle({ ...place, dir, digest, version, maxBytes: MAX_BYTES });
    return await tryBounded(dir, memory === undefined ? {} : { bytes: memory * MIB });
  } catch (error) {
    const report = reportOf(error);
    return { ...report, message: report.message.replace('The claim', 'The folder') };
  }
}

/** A folder is read like a claim: plain files, no links. */
function placeOf(target: string, { endpoint, region, allowHost = [] }: VerifyOptions) {
  const s3 = { endpoint: endpoint ?? process.env[ENV.s3Endpoint], region: region ?? process.env[ENV.s3Region] };
  if (!target.includes('://')) {
    requireFolder(target);
    if (!existsSync(join(target, MANIFEST_NAME))) {
      throw new CliFailure(`${target} is not a bundle yet: pack it with \`npx recommender bundle pack ${target}\`.`);
    }
    return { uri: 'pvc://folder/', claimDir: resolve(target), allowedHosts: [], s3 };
  }
  if (target.startsWith('pvc://')) {
    throw new CliFailure('A claim can only be read inside the cluster: verify the folder before you copy it there.');
  }
  return { uri: target, claimDir: '/nowhere', allowedHosts: [...hostsOf(target, s3), ...allowHost], s3 };
}

/** Naming an address on the command line allows its host. */
function hostsOf(uri: string, s3: { endpoint: string | undefined; region: string | undefined }): string[] {
  const aws = `https://s3.${s3.region}.amazonaws.com${s3.region?.startsWith('cn-') ? '.cn' : ''}`;
  const address = uri.startsWith('s3://') ? (s3.endpoint ?? aws) : uri;
  const host = URL.parse(address)?.hostname;
  return host === undefined ? [] : [host];
}
