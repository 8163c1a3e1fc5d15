import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { copyVerified } from '../../serving/fetch/copy.ts';
import { BundleFailure } from '../../serving/bundle/failure.ts';
import { fetchBundle } from '../../serving/fetch/fetch.ts';
import { s3Source } from '../../serving/fetch/source/s3.ts';
import { listen } from '../../serving/testing/http.ts';
import { removeTinyBundles, tinyBundle } from '../../serving/testing/tiny-bundle.ts';
import type { TinyBundle } from '../../serving/testing/tiny-bundle.ts';
import { startS3 } from './s3.ts';
import type { TestS3 } from './s3.ts';

jest.setTimeout(60_000);

const FILES = ['bundle.yaml', 'golden.jsonl', 'items.jsonl', 'model.onnx', 'popular.json', 'users.json'];
const HOST = ['127.0.0.1'];

let s3: TestS3;
let bundle: TinyBundle;
let dir: string;

beforeAll(async () => {
  s3 = await startS3();
  bundle = await tinyBundle();
  dir = await mkdtemp(join(tmpdir(), 'from-s3-'));
  const contents = await Promise.all(FILES.map(async (name) => [`tiny/1.0.0/${name}`, await readFile(join(bundle.dir, name))] as const));
  await s3.createBucket('models', Object.fromEntries(contents));
});
afterAll(async () => {
  await s3.stop();
  await removeTinyBundles();
  await rm(dir, { recursive: true });
});

/** The variables a Secret would set. */
const giveKeys = (accessKey = s3.accessKey, secretKey = s3.secretKey) => {
  process.env['AWS_ACCESS_KEY_ID'] = accessKey;
  process.env['AWS_SECRET_ACCESS_KEY'] = secretKey;
};
const takeKeys = () => {
  delete process.env['AWS_ACCESS_KEY_ID'];
  delete process.env['AWS_SECRET_ACCESS_KEY'];
};
beforeEach(() => giveKeys());
afterEach(takeKeys);

const config = (uri: string) => ({
  ...{ uri, dir, digest: bundle.digest, version: '1.0.0', maxBytes: 1_000_000, claimDir: '/nowhere', allowedHosts: HOST },
  s3: { endpoint: s3.endpoint, region: s3.region },
});

async function failure(act: Promise<unknown>): Promise<BundleFailure> {
  const error = await act.then(() => new Error('it succeeded'), (thrown: unknown) => thrown);
  if (error instanceof BundleFailure) return error;
  throw error;
}

describe('a bundle in S3', () => {
  it.each(['s3://models/tiny/1.0.0/', 's3://models/tiny/1.0.0'])('is fetched from %s', async (uri) => {
    await expect(fetchBundle(config(uri))).resolves.toMatchObject({ version: '1.0.0' });
  });

  it('is fetched without a region where the storage needs none', async () => {
    const wanted = { ...config('s3://models/tiny/1.0.0/'), s3: { endpoint: s3.endpoint, region: undefined } };
    // The server of this test checks the region that a request was signed for.
    expect(await failure(fetchBundle(wanted))).toMatchObject({ reason: 'SourceUnavailable' });
  });

  it('is refused with other credentials, which are not repeated', async () => {
    giveKeys(s3.accessKey, 'not-the-secret');
    const { result, reason, message } = await failure(fetchBundle(config('s3://models/tiny/1.0.0/')));
    expect([result, reason]).toEqual(['Unavailable', 'SourceUnavailable']);
    expect(message).toMatch(/answered 403 \(SignatureDoesNotMatch\): the pods need credentials with s3:GetObject on the bucket "models"/);
    expect(message).not.toContain(s3.accessKey);
  });

  it('is refused with credentials that nobody knows', async () => {
    giveKeys('NOBODYSKEY');
    const message = expect.stringContaining('the pods need credentials');
    expect(await failure(fetchBundle(config('s3://models/tiny/1.0.0/')))).toMatchObject({ reason: 'SourceUnavailable', message });
  });

  it('is refused without credentials, and nobody asks the metadata address for some', async () => {
    takeKeys();
    const asked: unknown[] = [];
    const metadata = await listen(({ url }, response) => {
      asked.push(url);
      response.writeHead(404).end();
    });
    process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = metadata.origin;
    try {
      const message = expect.stringContaining('AWS_ACCESS_KEY_ID');
      expect(await failure(fetchBundle(config('s3://models/tiny/1.0.0/')))).toMatchObject({ reason: 'SourceUnavailable', message });
      expect(asked).toEqual([]);
    } finally {
      delete process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'];
      await metadata.close();
    }
  });

  it('is looked for at an allowed host only', async () => {
    const asked = fetchBundle({ ...config('s3://models/tiny/1.0.0/'), allowedHosts: ['s3.example.org'] });
    expect(await failure(asked)).toMatchObject({ reason: 'HostNotAllowed', message: expect.stringContaining('127.0.0.1') });
  });

  it('is looked for at AWS when no endpoint is set', async () => {
    const { endpoint: _none, ...place } = { ...s3 };
    const asked = fetchBundle({ ...config('s3://models/tiny/'), s3: { endpoint: undefined, region: place.region } });
    expect(await failure(asked)).toMatchObject({ reason: 'HostNotAllowed', message: expect.stringContaining('"s3.eu-central-1.amazonaws.com"') });
  });

  it.each([
    ['s3://nothing-here/tiny/', 'SourceUnavailable', 'no bucket "nothing-here"'],
    ['s3://models/other/', 'FileMissing', 's3://models/other/bundle.yaml'],
  ])('that is not there is told from what cannot be read: %s', async (uri, reason, message) => {
    expect(await failure(fetchBundle(config(uri)))).toMatchObject({ result: 'Unavailable', reason, message: expect.stringContaining(message) });
  });

  it('is refused for good when a file is truncated or swapped', async () => {
    const users = await readFile(join(bundle.dir, 'users.json'));
    await s3.put('models', 'tiny/1.0.0/users.json', users.subarray(0, 10));
    expect(await failure(fetchBundle(config('s3://models/tiny/1.0.0/')))).toMatchObject({ result: 'Invalid', reason: 'FileMismatch' });
    await s3.put('models', 'tiny/1.0.0/users.json', Buffer.alloc(users.length, 'x'));
    expect(await failure(fetchBundle(config('s3://models/tiny/1.0.0/')))).toMatchObject({ result: 'Invalid', reason: 'FileMismatch' });
    await s3.put('models', 'tiny/1.0.0/users.json', users);
  });
});

describe('a transfer from S3 that breaks off', () => {
  const large = randomBytes(8 * 1024 ** 2);
  const file = (content: Buffer) => ({ path: 'large.bin', size: content.length, sha256: createHash('sha256').update(content).digest('hex') });
  const cutAfter = 3 * 1024 ** 2;
  let proxy: CuttingProxy;
  beforeAll(async () => {
    await s3.createBucket('large', { 'large.bin': large });
    proxy = await startCutting(Number(new URL(s3.endpoint).port), cutAfter);
  });
  afterAll(() => proxy.close());

  const copy = (content: Buffer) =>
    copyVerified(s3Source('s3://large/', { endpoint: `http://127.0.0.1:${proxy.port}`, region: s3.region }, HOST), file(content), join(dir, 'part'), AbortSignal.timeout(30_000));

  it('goes on where it stopped', async () => {
    proxy.cut(2);
    await copy(large);
    expect((await readFile(join(dir, 'part'))).equals(large)).toBe(true);
    // What lay on the way when a connection ended may have been sent twice.
    expect(proxy.carried()).toBeLessThan(large.length + 2 * 1024 ** 2);
  });

  it('starts over when the object was replaced meanwhile', async () => {
    const replaced = randomBytes(5 * 1024 ** 2);
    proxy.cut(1, () => s3.put('large', 'large.bin', replaced));
    await copy(replaced);
    expect((await readFile(join(dir, 'part'))).equals(replaced)).toBe(true);
  });
});

interface CuttingProxy {
  port: number;
  /** Ends this many of the next connections in the middle, each after `then` is done. */
  cut(times: number, then?: () => Promise<void>): void;
  /** Bytes sent to the client since `cut`. */
  carried(): number;
  close(): Promise<void>;
}

/** A TCP proxy that ends connections after so many bytes of their answers. */
async function startCutting(target: number, after: number): Promise<CuttingProxy> {
  let cuts = 0;
  let carried = 0;
  let before = () => Promise.resolve();
  const server: Server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    let sent = 0;
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      sent += chunk.length;
      carried += chunk.length;
      if (cuts === 0 || sent < after) {
        if (!near.write(chunk)) far.pause();
        return;
      }
      cuts -= 1;
      far.pause();
      void before().then(() => near.end(() => near.destroy()));
    });
    near.on('drain', () => far.resume());
    far.on('end', () => near.end());
    for (const socket of [near, far]) socket.on('error', () => undefined).on('close', () => [near, far].forEach((each) => each.destroy()));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    cut: (times, then = () => Promise.resolve()) => {
      [cuts, carried, before] = [times, 0, then];
    },
    carried: () => carried,
    close: () => new Promise((done) => server.close(() => done())),
  };
}
