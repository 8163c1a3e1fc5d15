import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { HEADERS } from '../contract/http.ts';
import { eventually } from '../testing/http.ts';
import { AUDIENCE, ISSUER, startIssuer } from '../testing/issuer.ts';
import { seriesValue } from '../testing/series.ts';
import { type CommandResult, type ServingProcess, startServing } from '../testing/serving-process.ts';
import { removeTinyBundles, tinyBundle } from '../testing/tiny-bundle.ts';

const hashOf = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;

const bundle = await tinyBundle();
const issuer = await startIssuer();
const dirs: string[] = [];
const pods: ServingProcess[] = [];
afterAll(async () => {
  for (const pod of pods) await pod.kill();
  for (const dir of dirs) await rm(dir, { recursive: true });
  await issuer.close();
  await removeTinyBundles();
});

/** A pod with these settings, and what a caller can do there. */
async function serve(env: Record<string, string>) {
  const pod = await startServing(bundle, env);
  pods.push(pod);
  await pod.ready();
  const post = (headers: Record<string, string> = {}, path = '/recommend', body = '{"user_id":"u1"}') =>
    fetch(`${pod.origin}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  return {
    pod,
    post,
    statusOf: async (headers: Record<string, string> = {}, path?: string) => (await post(headers, path)).status,
    value: async (name: string, labels: Record<string, string> = {}) => seriesValue(await pod.metrics(), name, labels),
    preflight: (origin: string) =>
      fetch(`${pod.origin}/recommend`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-api-key' },
      }),
  };
}

/** A folder of API keys with one file. */
async function keysOf(caller: string, content: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'keys-'));
  dirs.push(dir);
  await writeFile(join(dir, caller), content);
  return dir;
}

const requestLines = ({ logs }: CommandResult) => logs.filter(({ msg, route }) => msg === 'request' && route !== '/ready');

describe('credentials', () => {
  it.concurrent('of either kind let in; health, readiness and metrics want none', async () => {
    const dir = await keysOf('shop', hashOf('secret-key'));
    const { pod, post, statusOf, value } = await serve({ API_KEYS_DIR: dir, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, JWT_JWKS_URI: issuer.jwksUri, ACCESS_LOG: 'all' });
    const token = await issuer.token();
    expect(await statusOf({ [HEADERS.apiKey]: 'secret-key' })).toBe(200);
    expect(await statusOf({ authorization: 'ApiKey secret-key' })).toBe(200);
    expect(await statusOf({ authorization: `Bearer ${token}` })).toBe(200);
    expect(await statusOf({}, '/feedback')).toBe(401);
    expect(await statusOf({}, '/v2/models/tiny/infer')).toBe(401);
    expect(await statusOf({}, '/Recommend/')).toBe(401);
    expect(await statusOf({ [HEADERS.hop]: '1' })).toBe(401);
    for (const path of ['/health', '/healthz', '/ready', '/metrics']) expect((await fetch(`${pod.origin}${path}`)).status).toBe(200);

    const refused = await post({ [HEADERS.apiKey]: 'wrong' });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Bearer realm=')]);
    expect(await refused.json()).toMatchObject({ code: 'Unauthenticated', status: 401, detail: 'Unknown key or token.' });
    expect(await statusOf({ authorization: `Bearer ${await issuer.token({ exp: 1 })}` })).toBe(401);
    expect(await value('recommendation_unauthorized_total', { reason: 'expired' })).toBe(1);
    expect(await value('recommendation_unauthorized_total', { reason: 'unknown' })).toBe(1);
    expect(await value('recommendation_unauthorized_total', { reason: 'missing' })).toBe(4);

    pod.child.kill('SIGTERM');
    const ended = await pod.ended;
    const text = JSON.stringify(ended.logs);
    for (const secret of ['secret-key', 'wrong', token, 'alice', 'u1"']) expect(text).not.toContain(secret);
    expect(requestLines(ended).map(({ caller }) => caller)).toEqual(expect.arrayContaining(['shop', expect.stringMatching(/^token:/)]));
    expect(requestLines(ended).find(({ caller }) => caller === 'shop')).toMatchObject({
      method: 'POST', route: '/recommend', status: 200, outcome: 'ok', version: '1.0.0', milliseconds: expect.any(Number), requestId: expect.any(String),
    });
  });

  it.concurrent('are replaced while the pod serves', async () => {
    const dir = await keysOf('shop', hashOf('old'));
    const { statusOf } = await serve({ API_KEYS_DIR: dir });
    await writeFile(join(dir, 'shop'), `${hashOf('old')}\n${hashOf('new')}\n`);
    await eventually('the new key', async () => (await statusOf({ [HEADERS.apiKey]: 'new' })) === 200, 10_000);
    expect(await statusOf({ [HEADERS.apiKey]: 'old' })).toBe(200);
  });
});

describe('the rate limit', () => {
  it.concurrent('refuses who asks too often, says when to come back, and is not dodged by a header', async () => {
    const { pod, post, statusOf, value } = await serve({ RATE_LIMIT_PER_SECOND: '1', RATE_LIMIT_BURST: '5' });
    const started = performance.now();
    const statuses: number[] = [];
    for (let index = 0; index < 12; index += 1) statuses.push(await statusOf({ [HEADERS.hop]: '1' }));
    const seconds = (performance.now() - started) / 1000;
    expect(statuses.slice(0, 5)).toEqual(Array(5).fill(200));
    const letIn = statuses.filter((status) => status === 200).length;
    expect(letIn).toBeLessThanOrEqual(5 + seconds);
    const refused = await eventually('a refusal', async () => {
      const answer = await post();
      return answer.status === 429 && answer;
    });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('ratelimit-policy')).toBe('"caller";q=5;w=5');
    expect(await refused.json()).toMatchObject({ code: 'TooManyRequests', retryAfter: 1, detail: expect.stringContaining('1 requests per second, with bursts of 5') });
    await eventually('a refusal of feedback', async () => (await statusOf({}, '/feedback')) === 429);
    expect((await fetch(`${pod.origin}/health`)).status).toBe(200);
    expect(await value('recommendation_throttled_total')).toBe(statuses.length - letIn + 2);
  });
});

describe('pages of other origins', () => {
  it.concurrent('may call when they are listed, even to be refused', async () => {
    const { post, preflight } = await serve({ CORS_ORIGINS: 'https://shop.example.org, https://other.example.org', API_KEYS_DIR: '/nowhere' });
    const asked = await preflight('https://shop.example.org');
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe('https://shop.example.org');
    expect(asked.headers.get('access-control-allow-headers')).toContain('x-api-key');
    expect((await preflight('https://evil.example.org')).headers.get('access-control-allow-origin')).toBeNull();
    const refused = await post({ origin: 'https://shop.example.org' });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, 'https://shop.example.org']);
    expect(refused.headers.get('access-control-expose-headers')).toContain('x-recommender-version');
  });

  it.concurrent('may not, by default; every answer carries what protects it', async () => {
    const { post, preflight } = await serve({});
    const answer = await post({ origin: 'https://shop.example.org' });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect((await preflight('https://shop.example.org')).status).toBe(405);
  });
});

describe('the access log', () => {
  it.concurrent('tells of errors by default, by route and never by address', async () => {
    const { pod, post } = await serve({});
    await post();
    await post({}, '/recommend?user=u1', '{"k":0}');
    await fetch(`${pod.origin}/secret/path`);
    for (let index = 0; index < 100; index += 1) await post({}, '/recommend', '{');
    pod.child.kill('SIGTERM');
    const lines = requestLines(await pod.ended);
    expect(lines.slice(0, 2)).toMatchObject([{ route: '/recommend', status: 400 }, { route: 'other', status: 404, method: 'GET' }]);
    expect(lines.length).toBeLessThanOrEqual(102);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});
