import { Pool } from 'undici';

import { HEADERS, PATHS } from '../contract.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_CONNECTIONS = 128;
const CONNECT_TIMEOUT_MS = 500;
/** Answers to a request that is at fault itself; every version would give them. */
const CALLER_FAULTS = new Set([400, 413, 415]);

export interface ForwardRequest {
  /** Body as the caller sent it. */
  body: Buffer;
  requestId: string;
  /** Aborted when the caller goes away. */
  signal: AbortSignal;
}

/** An answer of another pod, passed on as it is. */
export interface ForwardedAnswer {
  status: number;
  contentType: string;
  version: string;
  digest: string;
  body: Buffer;
}

export type Attempt =
  | { outcome: 'ok'; seconds: number; answer: ForwardedAnswer }
  | { outcome: 'error' | 'timeout' | 'mismatch'; seconds: number }
  /** The circuit is open: nothing was sent. */
  | { outcome: 'open' }
  /** The caller went away first. */
  | { outcome: 'abandoned'; seconds: number };

/** Another version's Service. */
export interface Target {
  send(request: ForwardRequest): Promise<Attempt>;
  close(): void;
}

/**
 * @param origin e.g. `http://books-candidate:8080`
 * @param timeoutMs for the whole exchange
 * @param accepts whether the pods of that digest are those the request is meant for
 */
export function createTarget(origin: string, timeoutMs: number, accepts: (digest: string) => boolean): Target {
  const pool = new Pool(origin, {
    connections: MAX_CONNECTIONS,
    pipelining: 1,
    connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) },
  });
  const breaker = createCircuitBreaker();

  async function exchange(request: ForwardRequest, signal: AbortSignal): Promise<'error' | 'mismatch' | ForwardedAnswer> {
    const { statusCode, headers, body } = await pool.request({
      method: 'POST',
      path: PATHS.recommend,
      headers: { 'content-type': 'application/json', [HEADERS.hop]: '1', [HEADERS.requestId]: request.requestId },
      body: request.body,
      signal,
    });
    const content = await readBounded(body);
    if (statusCode !== 200 && !CALLER_FAULTS.has(statusCode)) return 'error';
    const answer = {
      status: statusCode,
      contentType: String(headers['content-type'] ?? 'application/json'),
      version: String(headers[HEADERS.version] ?? ''),
      digest: String(headers[HEADERS.digest] ?? ''),
      body: content,
    };
    return accepts(answer.digest) ? answer : 'mismatch';
  }

  return {
    async send(request) {
      if (!breaker.allows()) return { outcome: 'open' };
      const started = performance.now();
      const elapsed = () => (performance.now() - started) / 1000;
      const tooLate = AbortSignal.timeout(timeoutMs);
      try {
        const result = await exchange(request, AbortSignal.any([tooLate, request.signal]));
        if (typeof result === 'string') {
          // Pods of another version answer well; they are only not the ones that were meant.
          if (result === 'mismatch') breaker.undecided();
          else breaker.failed();
          return { outcome: result, seconds: elapsed() };
        }
        breaker.succeeded();
        return { outcome: 'ok', seconds: elapsed(), answer: result };
      } catch (error) {
        if (request.signal.aborted && !tooLate.aborted) {
          breaker.undecided();
          return { outcome: 'abandoned', seconds: elapsed() };
        }
        breaker.failed();
        return { outcome: tooLate.aborted || isTimeout(error) ? 'timeout' : 'error', seconds: elapsed() };
      }
    },
    close: () => void pool.close().catch(() => undefined),
  };
}

function isTimeout(error: unknown): boolean {
  return (error as { code?: string }).code === 'UND_ERR_CONNECT_TIMEOUT';
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
