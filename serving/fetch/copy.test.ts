import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { BundleFailure } from '../bundle/failure.ts';
import { listen, type TestServer } from '../testing/http.ts';
import { copyVerified } from './copy.ts';
import { sourceOf } from './source/source.ts';

const content = randomBytes(300_000);
const HALF = 150_000;
const TAG = '"one"';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers of the server, one a request; then the whole file. */
let answers: Answer[] = [];
let asked: { range: string | undefined; ifRange: string | undefined }[] = [];
let server: TestServer;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'copied-'));
  server = await listen((request, response) => {
    asked.push({ range: request.headers.range, ifRange: request.headers['if-range'] as string | undefined });
    (answers.shift() ?? whole())(request, response);
  });
});
afterEach(() => {
  answers = [];
  asked = [];
});
afterAll(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

const whole = (bytes: Buffer = content): Answer => (_request, response) =>
  void response.writeHead(200, { etag: TAG, 'content-length': bytes.length }).end(bytes);

/** The first `until` bytes, and then the connection ends. */
const cut = (headers: Record<string, string> = { etag: TAG }, until = HALF, bytes: Buffer = content): Answer => (_request, response) => {
  response.writeHead(200, { 'content-length': bytes.length, ...headers });
  response.write(bytes.subarray(0, until), () => response.socket?.destroy());
};

/** The part that was asked for. */
const rest = (changes: Record<string, string> = {}, bytes: Buffer = content): Answer => (request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]);
  const headers = { etag: TAG, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`, ...changes };
  response.writeHead(206, headers).end(bytes.subarray(from));
};

async function copied(wanted: Buffer = content, signal = AbortSignal.timeout(10_000)): Promise<Buffer> {
  const source = sourceOf({
    uri: `${server.origin}/`,
    allowedHosts: ['127.0.0.1'],
    claimDir: '/nowhere',
    s3: { endpoint: undefined, region: undefined },
  });
  const file = { path: 'model.onnx', size: wanted.length, sha256: createHash('sha256').update(wanted).digest('hex') };
  const part = join(dir, 'part');
  await copyVerified(source, file, part, signal);
  return readFile(part);
}

async function failure(wanted?: Buffer): Promise<BundleFailure> {
  const error: unknown = await copied(wanted).then(() => new Error('the file was copied'), (thrown: unknown) => thrown);
  if (error instanceof BundleFailure) return error;
  throw error;
}

describe('a transfer that breaks off', () => {
  it('goes on where it stopped, asking for the same content', async () => {
    answers = [cut(), rest()];
    expect((await copied()).equals(content)).toBe(true);
    expect(asked).toEqual([{ range: undefined, ifRange: undefined }, { range: `bytes=${HALF}-`, ifRange: TAG }]);
  });

  it('goes on as often as it gets further', async () => {
    const large = randomBytes(9 * 1024 ** 2);
    const step = 1.5 * 1024 ** 2;
    const partly: Answer = (request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const headers = { etag: TAG, 'content-range': `bytes ${from}-${large.length - 1}/${large.length}` };
      response.writeHead(from === 0 ? 200 : 206, { 'content-length': large.length - from, ...(from > 0 && headers), etag: TAG });
      const part = large.subarray(from, from + step);
      if (from + step >= large.length) response.end(part);
      else response.write(part, () => response.socket?.destroy());
    };
    answers = Array.from({ length: 12 }, () => partly);
    expect((await copied(large)).equals(large)).toBe(true);
    expect(asked.length).toBeGreaterThan(5);
  });

  it.each<[string, Answer]>([
    ['the server sends the whole file again', whole()],
    ['the server sends another part', rest({ 'content-range': `bytes 0-${content.length - 1}/${content.length}` })],
    ['the server says nothing of which part it sends', rest({ 'content-range': '' })],
    ['the server sends a part of another content', rest({ etag: '"two"' })],
    ['the server has no such part', (_request, response) => void response.writeHead(416).end()],
    ['the server mixes two contents under one tag', rest({}, randomBytes(content.length))],
    ['the server ends early', rest({ 'content-range': `bytes ${HALF}-${HALF + 9}/${content.length}` }, content.subarray(0, HALF + 10))],
    ['the server goes on for too long', rest({}, Buffer.concat([content, content]))],
  ])('starts over when %s', async (_why, second) => {
    answers = [cut(), second];
    expect((await copied()).equals(content)).toBe(true);
  });

  it('takes a content that was swapped meanwhile, if that is the one listed', async () => {
    const swapped = randomBytes(200_000);
    answers = [cut(), whole(swapped)];
    expect((await copied(swapped)).equals(swapped)).toBe(true);
  });

  it.each([{ etag: 'W/"one"' }, { etag: 'one' }, {}])('starts over when the content has no strong tag: %j', async (headers) => {
    answers = [cut(headers)];
    await copied();
    expect(asked.map(({ range }) => range)).toEqual([undefined, undefined]);
  });

  it('is given up after four attempts that bring nothing', async () => {
    answers = Array.from({ length: 9 }, () => cut({ etag: TAG }, 0));
    expect(await failure()).toMatchObject({ result: 'Unavailable', reason: 'SourceUnavailable' });
    expect(asked).toHaveLength(4);
  });
});

describe('a content that is not the one listed', () => {
  it('is refused for good only when it came in one piece', async () => {
    const other = randomBytes(content.length);
    answers = [cut(), rest({}, other), whole(other)];
    expect(await failure()).toMatchObject({ result: 'Invalid', reason: 'FileMismatch' });
    expect(asked.map(({ range }) => range)).toEqual([undefined, `bytes=${HALF}-`, undefined]);
  });

  it('is not blamed on the bundle when the server sends it compressed or in part', async () => {
    answers = [(_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(content)];
    expect(await failure()).toMatchObject({ reason: 'SourceUnavailable', message: expect.stringContaining('compressed') });
    answers = [(_request, response) => void response.writeHead(206, { 'content-range': 'bytes 0-9/10' }).end(content)];
    expect(await failure()).toMatchObject({ reason: 'SourceUnavailable', message: expect.stringContaining('part') });
  });
});
