import { addAbortSignal, Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { BundleFailure } from '../../bundle/failure.ts';
import { isPlainPath } from '../../bundle/paths.ts';
import type { S3Config } from '../../config/fetch.ts';
import { checkHost, checkLiteral } from './hosts.ts';
import { offsetOf, type Opened, type Resume, ResumeRefused, RETRIED_STATUSES, type Source, strongTag, TransientError } from './opened.ts';
import { createS3Client } from './s3-client.ts';

/** Narrower than what S3 allows: no ARNs, which would name another host, and nothing a URL would have to escape. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** What storages other than AWS are told; most ignore it. */
const DEFAULT_REGION = 'us-east-1';
/** Some storages answer 404 for more than a missing object. */
const NOT_THE_FILE = /Bucket|AccessKey|User/;
const ABOUT_CREDENTIALS = /AccessKey|User|Signature/;
const REGION = /^[a-z0-9-]{1,40}$/;

/** Where the objects of a bundle lie. */
interface Folder {
  endpoint: URL;
  bucket: string;
  /** Empty, or ending in `/`. */
  prefix: string;
}

/**
 * Reads a bundle from `s3://BUCKET/PREFIX/`. The one host that is ever asked is the endpoint's, with the bucket in the
 * path; it is checked like any other host a bundle comes from.
 * @throws BundleFailure `UriInvalid`, `ConfigInvalid`, `HostNotAllowed` or `AddressForbidden`
 */
export function s3Source(uri: string, config: S3Config, allowedHosts: readonly string[]): Source {
  const folder = { ...bucketOf(uri), endpoint: endpointOf(config) };
  checkHost(folder.endpoint.hostname, allowedHosts);
  checkLiteral(folder.endpoint.hostname);
  const client = createS3Client(folder.endpoint.href, config.region ?? DEFAULT_REGION);

  return async (path, signal, resume) => {
    const { getObject } = await client();
    const key = `${folder.prefix}${path}`;
    const range = resume && { Range: `bytes=${resume.offset}-`, IfMatch: resume.tag };
    try {
      const object = await getObject({ Bucket: folder.bucket, Key: key, ...range }, signal);
      return openedOf(object, whereOf(folder, key), signal, resume);
    } catch (error) {
      throw failureOf(error, folder, key);
    }
  };
}

function bucketOf(uri: string): Pick<Folder, 'bucket' | 'prefix'> {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]*)\/?(.*?)\/?$/s.exec(uri) ?? [];
  if (!BUCKET.test(bucket) || (prefix !== '' && !isPlainPath(prefix))) {
    throw new BundleFailure('UriInvalid', 'The bundle URI must be s3://BUCKET/PREFIX/ with a plain bucket name and prefix.');
  }
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}

function endpointOf({ endpoint, region }: S3Config): URL {
  if (region !== undefined && !REGION.test(region)) {
    throw new BundleFailure('ConfigInvalid', 'The S3 region must be a plain name such as eu-central-1.');
  }
  if (endpoint !== undefined) return new URL(endpoint);
  if (region !== undefined) return new URL(`https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
  throw new BundleFailure('ConfigInvalid', 'An s3:// bundle requires the region of its AWS bucket, or the endpoint of another S3 store.');
}

function openedOf(object: GetObjectCommandOutput, where: string, signal: AbortSignal, resume?: Resume): Opened {
  const { Body: body, ContentRange: contentRange, ContentEncoding: contentEncoding, ETag: tag } = object;
  if (!(body instanceof Readable)) throw new TransientError(`${where} returned no content`);
  try {
    const isPartial = object.$metadata.httpStatusCode === 206;
    const offset = offsetOf({ where, isPartial, contentRange, contentEncoding, tag }, resume);
    return { offset, tag: strongTag(tag), bytes: orTransient(addAbortSignal(signal, body), where) };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

async function* orTransient(body: AsyncIterable<Uint8Array>, where: string): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw new TransientError(`${where} broke off`, { cause: error });
  }
}

/** What an error of the client means. Its own words are not repeated: they may hold key ids and request headers. */
function failureOf(error: unknown, folder: Folder, key: string): Error {
  if (error instanceof BundleFailure || error instanceof TransientError || !(error instanceof Error)) return error as Error;
  const where = whereOf(folder, key);
  const status = statusOf(error);
  const name = error.name.replace(/\W/g, '').slice(0, 60);
  if (status === undefined) return new TransientError(`${where} could not be read (${codeOf(error) ?? name})`, { cause: error });
  if (RETRIED_STATUSES.has(status)) return new TransientError(`${where} answered ${status} (${name})`, { cause: error });
  if (status === 412 || status === 416) return new ResumeRefused(`${where} has changed during the transfer`, { cause: error });
  if (status === 404 && !NOT_THE_FILE.test(name)) return new BundleFailure('FileMissing', `${where} does not exist (${name}).`, error);
  if (status >= 300 && status < 400) {
    const message = `${where} is in another region or at another endpoint (${name}); configure that one.`;
    return new BundleFailure('RedirectRefused', message, error);
  }
  return new BundleFailure('SourceUnavailable', `${where} answered ${status} (${name}): ${adviceOn(status, name, folder)}.`, error);
}

function adviceOn(status: number, name: string, { bucket }: Folder): string {
  if (status === 401 || status === 403 || ABOUT_CREDENTIALS.test(name)) {
    return `the pods need credentials with s3:GetObject on the bucket "${bucket}"`;
  }
  if (status === 404) return `there is no bucket "${bucket}"`;
  return 'check the endpoint, the region and the bucket';
}

function statusOf(error: Error): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function codeOf(error: Error): string | undefined {
  return (error as { code?: string }).code;
}

function whereOf({ endpoint, bucket }: Folder, key: string): string {
  return `s3://${bucket}/${key} at ${endpoint.host}`;
}
