import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from '../testing/http.ts';
import { rawConnection, type RawConnection, rawExchange } from '../testing/raw-http.ts';
import { type ServingProcess, startServing } from '../testing/serving-process.ts';
import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';

jest.setTimeout(40_000);
let pod: ServingProcess;
/** Answers to callers who have been slow since the beginning. */
let slow: Promise<string>[];
beforeAll(async () => {
  pod = await startServing(await tinyBundle());
  await pod.ready();
  slow = [slowly('POST /reco'), slowly(`${HEAD}X-A: `)];
});
afterAll(async () => {
  // Nothing of the below has ended it.
  expect(pod.child.exitCode).toBeNull();
  await pod.kill();
  await removeTinyBundles();
});

const HEAD = 'POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const post = (headers: string, body: string) => `${HEAD}${headers}Connection: close\r\n\r\n${body}`;
const sized = (body: string, headers = '') => post(`${headers}Content-Length: ${Buffer.byteLength(body)}\r\n`, body);
const chunked = (body: string) => post('Transfer-Encoding: chunked\r\n', body);
const exchange = (text: string | Buffer) => rawExchange(pod.host, text);

/** Sends the beginning of a request and then a letter now and then. */
async function slowly(text: string): Promise<string> {
  const connection = rawConnection(pod.host);
  connection.send(text);
  const trickle = setInterval(() => connection.send('a'), 500);
  const answer = await connection.closed(15_000);
  clearInterval(trickle);
  return answer;
}

/** How long the kubelet waits for /healthz before it counts a failure. */
const LIVENESS_PROBE_MS = 5_000;

/** The slowest of some answers of /healthz, milliseconds. */
async function slowestHealth(during: () => boolean): Promise<number> {
  let slowest = 0;
  do {
    const started = performance.now();
    expect((await fetch(`${pod.origin}/healthz`)).status).toBe(200);
    slowest = Math.max(slowest, performance.now() - started);
  } while (during());
  return slowest;
}

describe('what is no request', () => {
  it.each<[string, string, number, string]>([
    ['nonsense', 'hello\r\n\r\n', 400, 'InvalidHttp'],
    ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'InvalidHttp'],
    ['another version', 'GET /health HTTP/3.0\r\nHost: x\r\n\r\n', 400, 'InvalidHttp'],
    ['two lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n', '{}'), 400, 'InvalidHttp'],
    ['a length and chunks', post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '{}'), 400, 'InvalidHttp'],
    ['a negative length', post('Content-Length: -1\r\n', '{}'), 400, 'InvalidHttp'],
    ['a folded header', 'GET /health HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n', 400, 'InvalidHttp'],
    ['a NUL in a header', 'GET /health HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n', 400, 'InvalidHttp'],
    ['a header without a name', 'GET /health HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n', 400, 'InvalidHttp'],
    ['a chunk without a size', chunked('zz\r\n{}\r\n0\r\n\r\n'), 400, 'InvalidHttp'],
    ['a chunk longer than it says', chunked('1\r\n{}\r\n0\r\n\r\n'), 400, 'InvalidHttp'],
    ['a chunk of 2^64 bytes', chunked('ffffffffffffffffff\r\n{}'), 400, 'InvalidHttp'],
    ['endless chunk extensions', chunked(`2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`), 413, 'BodyTooLarge'],
    ['headers of 20 KiB', `GET /health HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'HeadersTooLarge'],
    ['an address of 20 KiB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'HeadersTooLarge'],
    ['no host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'InvalidHttp'],
    ['150 headers', `GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${'X-A: b\r\n'.repeat(150)}\r\n`, 431, 'HeadersTooLarge'],
  ])('%s is told so', async (_what, text, status, code) => {
    const answer = await exchange(Buffer.from(text, 'latin1'));
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(`"code":"${code}"`);
    expect(answer.text).not.toMatch(/at .*\.(ts|js):\d|node:internal/);
  });
});

describe('requests at fault', () => {
  it.each<[string, string, number]>([
    ['a body of one gigabyte, announced', post('Content-Length: 1000000000\r\n', '{'), 413],
    ['a body of 132 KiB in chunks', chunked(`20000\r\n${' '.repeat(131_072)}\r\n1000\r\n${' '.repeat(4096)}\r\n0\r\n\r\n`), 413],
    ['gzip that is none', sized('{}', 'Content-Encoding: gzip\r\n'), 400],
    ['gzip and nothing more', sized('', 'Content-Encoding: gzip\r\n'), 400],
    ['brotli', sized('{}', 'Content-Encoding: br\r\n'), 415],
    ['two codings', sized('{}', 'Content-Encoding: gzip, gzip\r\n'), 415],
    ['the name of a prototype for a coding', sized('{}', 'Content-Encoding: constructor\r\n'), 415],
    ['a coding that changes nothing', sized('{"user_id":"u1"}', 'Content-Encoding: identity\r\n'), 200],
    ['another content type', sized('{}').replace('application/json', 'text/plain'), 415],
    ['two content types', sized('{}', 'Content-Type: text/plain\r\n'), 415],
    ['no content type', sized('{}').replace(/Content-Type.*\r\n/, ''), 415],
    ['no body', post('', ''), 400],
    ['UTF-16', sized('{}').replace('{}', '{\0'), 400],
    ['60,000 opening brackets', sized('['.repeat(60_000)), 400],
    ['nested objects', sized('{"a":'.repeat(10_000)), 400],
    ['a number too large for any', sized('{"k":1e999}'), 400],
    ['a prototype', sized('{"__proto__":{"k":1}}'), 400],
    ['a constructor', sized('{"constructor":{"prototype":{"k":1}}}'), 400],
    ['a lone surrogate for a user', sized('{"user_id":"\\ud800"}'), 200],
    ['a body byte by byte', chunked(`${Array.from('{"user_id":"u1"}', (byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`), 200],
    ['an address that cannot be decoded', 'GET /v2/models/%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['half an IPv6 address', sized('{}').replace('/recommend', 'http://[/recommend'), 400],
    ['an expectation nobody knows', sized('{"user_id":"u1"}', 'Expect: foo\r\n'), 200],
    ['no host, in HTTP/1.0', 'GET /health HTTP/1.0\r\n\r\n', 200],
    ['climbing paths', 'GET /..%2f..%2fetc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
    ['a method nobody knows here', 'PURGE /recommend HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 405],
  ])('%s: answered as it should be', async (_what, text, status) => {
    const answer = await exchange(text);
    expect(answer.text.split('\r\n', 1)[0]).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (status !== 200) expect(answer.text).toContain('application/problem+json');
  });

  it('are answered even where the caller sends a body far too long to its end before it listens', async () => {
    const { socket, send, closed } = rawConnection(pod.host);
    const onError = jest.fn();
    socket.on('error', onError).pause();
    send(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const mebibyte = `100000\r\n${' '.repeat(1_048_576)}\r\n`;
    for (let sent = 0; sent < 20; sent += 1) await new Promise((taken) => socket.write(mebibyte, taken));
    socket.end('0\r\n\r\n').resume();
    expect(await closed()).toMatch(/^HTTP\/1\.1 413 .*"code":"BodyTooLarge"/s);
    expect(onError).not.toHaveBeenCalled();
  });

  it('many on one connection are answered in their order', async () => {
    const bodies = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? '{"user_id":"u1"}' : '{"k":0}'));
    const pipelined = bodies.map((body) => sized(body).replace('Connection: close\r\n', '')).join('');
    const { text } = await exchange(`${pipelined}GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
    expect(statuses).toEqual([...bodies.map((_, index) => (index % 2 === 0 ? 200 : 400)), 200]);
  });
});

describe('slow callers', () => {
  it.each([0, 1])('who never come to the end of their headers are let go after 5 s: %d', async (which) => {
    expect(await slow[which]).toMatch(/^HTTP\/1\.1 408 .*"code":"RequestTimeout"/s);
  });

  it('who never read their answers and go on asking cost nobody else anything', async () => {
    const connection = rawConnection(pod.host);
    connection.socket.pause();
    const asking = sized('{"user_id":"u1"}').replace('Connection: close\r\n', '');
    for (let index = 0; index < 2_000; index += 1) connection.send(asking);
    expect(await slowestHealth(() => false)).toBeLessThan(LIVENESS_PROBE_MS);
    connection.socket.destroy();
  });
});

describe('floods', () => {
  it('of half-open requests leave health and answers up', async () => {
    const connections: RawConnection[] = [];
    for (let index = 0; index < 500; index += 1) {
      const connection = rawConnection(pod.host);
      connection.send(HEAD);
      connections.push(connection);
    }
    expect(await slowestHealth(() => false)).toBeLessThan(LIVENESS_PROBE_MS);
    expect((await exchange(sized('{"user_id":"u1"}'))).status).toBe(200);
    for (const { socket } of connections) socket.destroy();
  });

  it('of requests at fault leave health up, and end without a trace', async () => {
    let isOver = false;
    const flood = Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let index = 0; index < 60; index += 1) await exchange(sized('['.repeat(30_000)));
      }),
    ).then(() => (isOver = true));
    expect(await slowestHealth(() => !isOver)).toBeLessThan(LIVENESS_PROBE_MS);
    await flood;
  });
});

describe('whatever comes', () => {
  const json = fc.json({ maxDepth: 6 });
  const fields = fc.record({ user_id: fc.anything(), k: fc.anything(), exclude: fc.anything(), context: fc.anything(), filter: fc.anything() }, { requiredKeys: [] });
  const body = fc.oneof(
    json,
    fields.map((value) => JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.record({ user_id: fc.string({ unit: 'binary' }), k: fc.integer({ min: 1, max: 100 }) }).map((value) => JSON.stringify(value)),
  );

  it('as a body is answered, never with a 500', async () => {
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(`${pod.origin}/recommend`, { method: 'POST', headers, body: text });
        expect([200, 400, 413]).toContain(response.status);
        await response.json();
      }),
      { numRuns: 400 },
    );
  });

  it('as bytes is answered or closed, never with a 500 and never left hanging', async () => {
    const valid = Buffer.from(sized('{"user_id":"u1","k":3}'));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
      fc.tuple(fc.nat(valid.length - 1), fc.uint8Array({ minLength: 1, maxLength: 4 })).map(([at, change]) => Buffer.concat([valid.subarray(0, at), change, valid.subarray(at + change.length)])),
      fc.nat(valid.length).map((at) => valid.subarray(0, at)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (text) => {
        const connection = rawConnection(pod.host);
        // Nothing more will come.
        connection.socket.end(text);
        const answer = await connection.closed(12_000);
        for (const [, status] of answer.matchAll(/HTTP\/1\.1 (\d{3})/g)) expect(Number(status)).not.toBe(500);
      }),
      { numRuns: 300 },
    );
    expect((await eventually('health', () => fetch(`${pod.origin}/healthz`))).status).toBe(200);
  });
});
