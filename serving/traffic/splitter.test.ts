import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HEADERS } from '../contract/http.ts';
import { createShadow } from '../shadow/shadow.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { eventually, listen, type TestServer } from '../testing/http.ts';
import { seriesValue } from '../testing/series.ts';
import { createSplitter, type Splitter } from './splitter.ts';

const SELF = { digest: 'sha256:one', podTemplateHash: 'aaa' };
const ALL = { weight: 100, shadowPercent: 0, candidateVersion: '2.0.0', candidateDigest: 'sha256:two', championHash: 'aaa' };

/** A pod of some version, whose answers to scoring requests can be replaced. */
interface Pod extends TestServer {
  digest: string;
  answer: RequestListener;
  scored: number;
}

async function pod(digest: string): Promise<Pod> {
  const server = await listen((request, response) => {
    response.setHeader(HEADERS.digest, self.digest);
    response.setHeader(HEADERS.version, '2.0.0');
    if (request.url === '/ready') return void response.end();
    self.scored += 1;
    self.answer(request, response);
  });
  const self: Pod = { ...server, digest, scored: 0, answer: (_request, response) => response.end('{"items":[]}') };
  return self;
}

/** Milliseconds that nobody whom a busy machine lets wait a moment is late by. */
const LONG = 10_000;

let candidate: Pod;
let champion: Pod;
let metrics: Metrics;
let splitter: Splitter;

beforeEach(async () => {
  candidate = await pod('sha256:two');
  champion = await pod('sha256:one');
  metrics = createMetrics({ model_namespace: 'shop', model: 'books', version: '1.0.0' });
  splitter = splitting();
});
afterEach(async () => {
  splitter.close();
  await candidate.close();
  await champion.close();
});

const splitting = (forwardTimeoutMs = LONG) =>
  createSplitter({ championService: champion.host, candidateService: candidate.host, forwardTimeoutMs, feedbackEvents: ['click'] }, SELF, metrics, createShadow);

function ask({ unit = 'u1', hop = false, signal = new AbortController().signal } = {}) {
  return splitter.route(unit, hop, { body: Buffer.from('{"user_id":"u1"}'), requestId: 'r1', credentials: { 'x-api-key': 'k' }, signal });
}

async function counted(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  return seriesValue(await metrics.text(), name, { version: '2.0.0', ...labels });
}

const forwarded = (outcome: string) => counted('recommendation_forwarded_total', { outcome });

describe('forwarding to the candidate', () => {
  it('passes its answer on, and the request as it came', async () => {
    await splitter.apply(ALL);
    let got = {};
    candidate.answer = (request, response) => {
      got = { hop: request.headers[HEADERS.hop], id: request.headers[HEADERS.requestId], key: request.headers[HEADERS.apiKey], url: request.url };
      request.pipe(response);
    };
    const answered = await ask();
    expect(got).toEqual({ hop: '1', id: 'r1', key: 'k', url: '/recommend' });
    expect(answered).toMatchObject({ kind: 'answered', answer: { version: '2.0.0', digest: 'sha256:two' } });
    expect(answered.kind === 'answered' && String(answered.answer.body)).toBe('{"user_id":"u1"}');
    expect(await forwarded('ok')).toBe(1);
  });

  it('shows all its counters at 0 before the first request', async () => {
    await splitter.apply(ALL);
    for (const outcome of ['ok', 'error', 'timeout', 'open', 'mismatch']) expect(await forwarded(outcome)).toBe(0);
    expect(await counted('recommendation_shielded_total')).toBe(0);
    expect(await counted('recommendation_feedback_total', { event: 'click' })).toBe(0);
    expect(await counted('recommendation_candidate_weight_percent')).toBe(100);
  });

  it('answers a forwarded request here', async () => {
    await splitter.apply(ALL);
    expect(await ask({ hop: true })).toEqual({ kind: 'local' });
    expect(candidate.scored).toBe(0);
  });
});

describe('the shield', () => {
  const faults: [string, string, RequestListener][] = [
    ['that fails', 'error', (_request, response) => void response.writeHead(500).end()],
    ['that refuses what the champion has accepted', 'error', (_request, response) => void response.writeHead(400).end('{}')],
    ['that is overloaded', 'error', (_request, response) => void response.writeHead(503).end()],
    ['that hangs up', 'error', (request) => void request.socket.destroy()],
    ['that is too slow', 'timeout', () => undefined],
    ['that stops in the middle', 'timeout', (_request, response) => void response.write('{"items"')],
    ['that answers without end', 'error', (_request, response) => void response.end(Buffer.alloc(5 * 1024 * 1024))],
  ];

  it.each(faults)('stands before a candidate %s', async (_what, outcome, answer) => {
    if (outcome === 'timeout') {
      splitter.close();
      splitter = splitting(300);
    }
    await splitter.apply(ALL);
    candidate.answer = answer;
    expect(await ask()).toEqual({ kind: 'shielded' });
    expect(await forwarded(outcome)).toBe(1);
    expect(await counted('recommendation_shielded_total')).toBe(1);
    expect(await counted('recommendation_forwarded_duration_seconds_count')).toBe(1);
  });

  it('does not pass on the answer of another version', async () => {
    await splitter.apply(ALL);
    candidate.digest = 'sha256:three';
    expect(await ask()).toEqual({ kind: 'shielded' });
    expect(await forwarded('mismatch')).toBe(1);
  });

  it('stops calling a candidate that keeps failing, and goes on counting against it', async () => {
    await splitter.apply(ALL);
    candidate.answer = (_request, response) => void response.writeHead(500).end();
    for (let request = 0; request < 8; request += 1) expect(await ask()).toEqual({ kind: 'shielded' });
    expect(candidate.scored).toBe(5);
    expect([await forwarded('error'), await forwarded('open')]).toEqual([5, 3]);
    expect(await counted('recommendation_shielded_total')).toBe(8);
  });

  it('gives up a request whose caller went away, without blaming the candidate', async () => {
    await splitter.apply(ALL);
    const caller = new AbortController();
    const reached = new Promise<boolean>((done) => {
      candidate.answer = (request) => {
        request.socket.once('close', () => done(true));
        caller.abort();
      };
    });
    await ask({ signal: caller.signal });
    expect(await reached).toBe(true);
    for (const outcome of ['ok', 'error', 'timeout']) expect(await forwarded(outcome)).toBe(0);
  });
});

describe('a first weight', () => {
  it("is held back until the candidate's Service leads to the candidate", async () => {
    candidate.digest = 'sha256:one';
    const applied = splitter.apply(ALL);
    await eventually('weight 0', async () => (await counted('recommendation_candidate_weight_percent')) === 0);
    expect(await ask()).toEqual({ kind: 'local' });
    candidate.digest = 'sha256:two';
    await applied;
    expect(await ask()).toMatchObject({ kind: 'answered' });
    expect(await forwarded('mismatch')).toBe(0);
  });

  it('is forgotten when it is taken back meanwhile', async () => {
    candidate.digest = 'sha256:one';
    const held = splitter.apply(ALL);
    await splitter.apply({ ...ALL, weight: 0 });
    candidate.digest = 'sha256:two';
    await held;
    expect(await ask()).toEqual({ kind: 'local' });
  });
});

describe('the weight that is told', () => {
  it('is that of pods that give users to the candidate: not the candidate\'s own, nor those that were replaced', async () => {
    const told = () => counted('recommendation_candidate_weight_percent');
    await splitter.apply({ ...ALL, candidateDigest: SELF.digest, championHash: 'bbb' });
    expect(await told()).toBeUndefined();
    await splitter.apply(ALL);
    expect(await told()).toBe(100);
    await splitter.apply({ ...ALL, championHash: 'bbb' });
    expect(await told()).toBeUndefined();
  });
});

describe('a pod that has been replaced', () => {
  const promoted = { ...ALL, weight: 0, championHash: 'bbb' };

  it('lets the new champion answer every user, uncounted', async () => {
    champion.digest = 'sha256:two';
    await splitter.apply(ALL);
    await splitter.apply(promoted);
    expect(splitter.isReplaced()).toBe(true);
    expect(await ask()).toMatchObject({ kind: 'answered', answer: { digest: 'sha256:two' } });
    expect([champion.scored, candidate.scored]).toEqual([1, 0]);
    expect(await forwarded('ok')).toBe(0);
  });

  it('asks the candidate Service while the champion Service still leads to replaced pods', async () => {
    await splitter.apply(ALL);
    await splitter.apply(promoted);
    for (let request = 0; request < 10; request += 1) {
      expect(await ask()).toMatchObject({ kind: 'answered', answer: { digest: 'sha256:two' } });
    }
    expect(candidate.scored).toBe(10);
  });

  it('answers itself when nobody else does', async () => {
    await splitter.apply(promoted);
    await champion.close();
    expect(await ask()).toEqual({ kind: 'shielded' });
  });
});
