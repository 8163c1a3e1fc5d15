import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { checkedLookup } from './hosts.ts';
import { createS3Credentials } from './s3-credentials.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const SILENCE_TIMEOUT_MS = 30_000;

export interface S3Client {
  getObject(input: GetObjectCommandInput, signal: AbortSignal): Promise<GetObjectCommandOutput>;
}

/**
 * A client that asks `endpoint` and no other host: buckets stand in the path, redirects are not followed, and its
 * sockets connect to checked addresses only. Made at its first use, so that nobody else pays for loading the library.
 * @returns a function that gives the same client each time
 */
export function createS3Client(endpoint: string, region: string): () => Promise<S3Client> {
  let made: Promise<S3Client> | undefined;
  return () => (made ??= load(endpoint, region));
}

async function load(endpoint: string, region: string): Promise<S3Client> {
  const { GetObjectCommand, S3Client: Client } = await import('@aws-sdk/client-s3');
  const client = new Client({
    endpoint,
    region,
    forcePathStyle: true,
    followRegionRedirects: false,
    disableS3ExpressSessionAuth: true,
    // Files are verified by the digests of the manifest; other storages do not know these headers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Attempts are counted in one place, for all sources.
    maxAttempts: 1,
    credentials: await createS3Credentials(region),
    requestHandler: {
      httpAgent: new HttpAgent({ lookup: checkedLookup }),
      httpsAgent: new HttpsAgent({ lookup: checkedLookup }),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
    },
  });
  return { getObject: (input, abortSignal) => client.send(new GetObjectCommand(input), { abortSignal }) };
}
