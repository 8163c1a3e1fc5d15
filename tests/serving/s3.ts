import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binaryPath } from '../../tools/setup/binaries.mjs';
import { freePort } from '../../tools/testenv/ports.ts';
import { startDaemon, untilReady } from '../../tools/testenv/processes.ts';

/** A real S3 server of this test's own, which knows one account. */
export interface TestS3 {
  /** `http://HOST:PORT`; buckets are in the path, not in the host name. */
  endpoint: string;
  region: string;
  accessKey: string;
  secretKey: string;
  /** Holds a folder for each bucket and a file for each object. */
  dir: string;
  /** Makes a bucket with these objects: key → content. */
  createBucket(name: string, objects?: Record<string, string | Uint8Array>): Promise<void>;
  put(bucket: string, key: string, content: string | Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

const REGION = 'eu-central-1';
const ACCESS_KEY = 'TESTACCESSKEY';
const SECRET_KEY = 'secret-of-the-test';

/** Starts versitygw on a free port of `host`, an address of this machine. */
export async function startS3(host = '127.0.0.1'): Promise<TestS3> {
  const program = binaryPath('versitygw');
  if (!existsSync(program)) throw new Error('versitygw is not built: run these tests by `npm run test:serving`, which builds it');
  const root = mkdtempSync(join(tmpdir(), 's3-'));
  const dir = join(root, 'buckets');
  // Beside the objects' files, since not every file system keeps attributes.
  const attributes = join(root, 'attributes');
  for (const folder of [dir, attributes]) mkdirSync(folder);

  const endpoint = `http://${host}:${await freePort()}`;
  const logFile = join(root, 's3.log');
  const options = ['--port', new URL(endpoint).host, '--access', ACCESS_KEY, '--secret', SECRET_KEY, '--region', REGION, '--keep-alive'];
  const daemon = startDaemon(program, [...options, 'posix', '--sidecar', attributes, dir], logFile);
  // A request without a signature is refused, by a server that is there.
  await untilReady('versitygw', daemon, logFile, async () => (await fetch(endpoint)).status === 403);

  const client = new S3Client({
    endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
  });
  const put: TestS3['put'] = async (bucket, key, content) => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }));
  };
  return {
    endpoint,
    region: REGION,
    accessKey: ACCESS_KEY,
    secretKey: SECRET_KEY,
    dir,
    createBucket: async (name, objects = {}) => {
      await client.send(new CreateBucketCommand({ Bucket: name }));
      for (const [key, content] of Object.entries(objects)) await put(name, key, content);
    },
    put,
    stop: async () => {
      client.destroy();
      await daemon.kill();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
