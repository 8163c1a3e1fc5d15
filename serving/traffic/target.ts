import { Pool } from 'undici';
import { HEADERS, PATHS } from '../contract/http.ts';
import type { RequestTrace, TracedExchange } from '../telemetry/traces.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';
import { exchange, type NoReply, type Reply } from './exchange.ts';

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

/** How an exchange ended. */
type Ending = { outcome: 'ok'; answer: ForwardedAnswer } | { outcome: NoReply | 'mismatch' };

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
    const { body, signal: caller } = request;
    const reply = await exchange(pool, { path: PATHS.recommend, headers: headersOf(request, span), body, caller, timeoutMs });
    if (typeof reply === 'string') return { outcome: reply };
    span?.answered(reply.status);
    // This pod has accepted the request before it forwarded it: whoever refuses it is at fault, not the caller.
    if (reply.status !== 200) return { outcome: 'error' };
    const answer = answerOf(reply);
    return accepts(answer.digest) ? { outcome: 'ok', answer } : { outcome: 'mismatch' };
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

function headersOf({ credentials, requestId }: ForwardRequest, span: TracedExchange | undefined): Record<string, string> {
  return {
    ...credentials,
    ...span?.headers,
    'content-type': 'application/json',
    [HEADERS.hop]: '1',
    [HEADERS.requestId]: requestId,
  };
}

function answerOf({ headers, body }: Reply): ForwardedAnswer {
  return {
    contentType: headers['content-type'] ?? 'application/json',
    version: String(headers[HEADERS.version] ?? ''),
    digest: String(headers[HEADERS.digest] ?? ''),
    body,
  };
}
