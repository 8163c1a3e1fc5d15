import { Pool } from 'undici';

import { HEADERS, PATHS } from '../contract.ts';
import type { RequestTrace, TracedExchange } from '../telemetry/traces.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_CONNECTIONS = 128;
const CONNECT_TIMEOUT_MS = 500;

export interface ForwardRequest {
  /** Body as the caller sent it. */
  body: Buffer;
  requestId: string;
  /** What proves to the other pod who asks, as the caller sent it. */
  credentials: Readonly<Record<string, string>>;
  /** Aborted when the caller goes away. */
  signal: AbortSignal;
  /** Absent = this request is not traced. */
  trace?: RequestTrace | undefined;
}

/** An answer of another pod, passed on as it is. */
export interface ForwardedAnswer {
  contentType: string;
  version: string;
  digest: string;
  body: Buffer;
}

/** How an exchange ended; `abandoned`: the caller went away first. */
type Ending = { outcome: 'ok'; answer: ForwardedAnswer } | { outcome: 'error' | 'timeout' | 'mismatch' | 'abandoned' };

/** `open`: the circuit is open and nothing was sent. */
export type Attempt = (Ending & { seconds: number }) | { outcome: 'open' };

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
  const connect = { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) };
  const pool = new Pool(origin, { connections: MAX_CONNECTIONS, pipelining: 1, connect });
  const breaker = createCircuitBreaker();

  async function attempt(request: ForwardRequest, span?: TracedExchange): Promise<Ending> {
    const limit = timeLimit(request.signal, timeoutMs);
    try {
      const answer = await exchange(pool, request, limit.signal, span);
      if (answer === undefined) return { outcome: 'error' };
      return accepts(answer.digest) ? { outcome: 'ok', answer } : { outcome: 'mismatch' };
    } catch (error) {
      if (limit.isOver() || isConnectTimeout(error)) return { outcome: 'timeout' };
      return { outcome: request.signal.aborted ? 'abandoned' : 'error' };
    } finally {
      limit.release();
    }
  }

  return {
    async send(request) {
      if (!breaker.allows()) return { outcome: 'open' };
      const started = performance.now();
      const span = request.trace?.exchange(origin, PATHS.recommend);
      const result = await attempt(request, span);
      span?.end(result.outcome);
      if (result.outcome === 'ok') breaker.succeeded();
      // Pods of another version answer well; they are only not the ones that were meant.
      else if (result.outcome === 'mismatch' || result.outcome === 'abandoned') breaker.undecided();
      else breaker.failed();
      return { ...result, seconds: (performance.now() - started) / 1000 };
    },
    close: () => void pool.close().catch(() => undefined),
  };
}

/** @returns undefined for an answer that must not reach a user; throws when the connection fails or `signal` aborts */
async function exchange(
  pool: Pool,
  request: ForwardRequest,
  signal: AbortSignal,
  span: TracedExchange | undefined,
): Promise<ForwardedAnswer | undefined> {
  const { statusCode, headers, body } = await pool.request({
    method: 'POST',
    path: PATHS.recommend,
    headers: {
      ...request.credentials,
      ...span?.headers,
      'content-type': 'application/json',
      [HEADERS.hop]: '1',
      [HEADERS.requestId]: request.requestId,
    },
    body: request.body,
    signal,
  });
  span?.answered(statusCode);
  const content = await readBounded(body);
  // This pod has accepted the request before it forwarded it: whoever refuses it is at fault, not the caller.
  if (statusCode !== 200) return undefined;
  return {
    contentType: String(headers['content-type'] ?? 'application/json'),
    version: String(headers[HEADERS.version] ?? ''),
    digest: String(headers[HEADERS.digest] ?? ''),
    body: content,
  };
}

/** One signal for "the caller went away" and "too late". AbortSignal.any would do the same at several times the cost. */
function timeLimit(caller: AbortSignal, timeoutMs: number) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  let over = false;
  const timer = setTimeout(() => {
    over = true;
    abort();
  }, timeoutMs);
  if (caller.aborted) abort();
  caller.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    isOver: () => over,
    release() {
      clearTimeout(timer);
      caller.removeEventListener('abort', abort);
    },
  };
}

function isConnectTimeout(error: unknown): boolean {
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
