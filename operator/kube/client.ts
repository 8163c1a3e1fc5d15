import { type Dispatcher, request } from 'undici';
import type { Metrics } from '../telemetry/metrics.ts';
import { openConnections } from './connection.ts';
import type { Endpoint } from './endpoint.ts';
import { isStatus, KubeError, messageOf, refusal } from './errors.ts';
import { ndjsonLines } from './ndjson.ts';
import { deadline, pause } from './time.ts';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export type KubeRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** Media type of the response; default JSON. */
  readonly accept?: string;
  /** Milliseconds from sending to the last byte of the response; default 30 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called at the last moment before each sending, retries included; what it throws is thrown and nothing is sent. */
  readonly fence?: () => void;
  /** How often a 429 or 503 is retried; default 3. */
  readonly retries?: number;
};

/** The one edge to the API server. Every method rejects with KubeError, or with what `fence` throws. */
export type KubeClient = {
  readonly host: string;
  readonly namespace: string | undefined;
  /** Sends and reads one JSON answer. */
  send(request: KubeRequest): Promise<unknown>;
  /** Opens a watch: one JSON value a line, until the server ends it or `signal` aborts. */
  open(request: KubeRequest): Promise<AsyncIterable<string>>;
  /** False on HTTP/1.1, where a silent watch must be ended early because nothing else would show that it is dead. */
  noticesDeadWatches(): boolean;
  /** Milliseconds (performance.now) of the last sign of life of the API server. */
  lastContact(): number | undefined;
  /** Runs before a new connection carries its first request. */
  onConnect(listener: () => void): void;
  close(): Promise<void>;
};

const TIMEOUT_MS = 30_000;
const RETRIES = 3;
/** No Retry-After makes a caller wait longer than this within one request; beyond it the error is the caller's. */
const LONGEST_WAIT_SECONDS = 10;

export function connect(endpoint: Endpoint, options: { readonly metrics?: Metrics; readonly userAgent?: string } = {}): KubeClient {
  const connections = openConnections(endpoint);
  const base = endpoint.server.href.replace(/\/$/, '');
  const host = endpoint.server.host;

  const exchange = async (what: KubeRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    const headers = {
      accept: what.accept ?? 'application/json',
      'user-agent': options.userAgent ?? 'recommender-operator',
      ...(what.body === undefined ? {} : { 'content-type': what.contentType ?? 'application/json' }),
      ...(await credentials()),
    };
    what.fence?.();
    const count = (code: string): void => options.metrics?.apiRequests.inc({ code, method: what.method, host });
    try {
      const response = await request(`${base}${what.path}${queryString(what.query)}`, {
        method: what.method,
        headers,
        body: what.body === undefined ? null : JSON.stringify(what.body, wellFormed),
        dispatcher: connections.dispatcher,
        signal,
      });
      count(String(response.statusCode));
      return response;
    } catch (error) {
      count('<error>');
      throw error;
    }
  };

  const credentials = async (): Promise<Record<string, string>> => {
    try {
      return await endpoint.headers();
    } catch (error) {
      throw new KubeError({ status: 0, reason: 'Credentials', message: `cannot read credentials: ${messageOf(error)}`, cause: error });
    }
  };

  const attempt = async (what: KubeRequest): Promise<unknown> => {
    const limit = deadline(what.timeoutMs ?? TIMEOUT_MS, what.signal);
    try {
      const response = await exchange(what, limit.signal);
      const text = await response.body.text();
      if (response.statusCode >= 400) throw refused(what, response, text);
      return JSON.parse(text);
    } catch (error) {
      throw unanswered(what, error, limit.expired());
    } finally {
      limit.end();
    }
  };

  async function* watched(what: KubeRequest, body: AsyncIterable<Uint8Array>, end: () => void): AsyncGenerator<string> {
    try {
      yield* ndjsonLines(body);
    } catch (error) {
      throw unanswered(what, error, false);
    } finally {
      end();
    }
  }

  return {
    host,
    namespace: endpoint.namespace,
    send: async (what) => {
      for (let left = what.retries ?? RETRIES; ; left--) {
        try {
          return await attempt(what);
        } catch (error) {
          const wait = left > 0 ? worthWaiting(error) : undefined;
          if (wait === undefined) throw error;
          await pause(wait, what.signal);
        }
      }
    },
    open: async (what) => {
      const limit = deadline(what.timeoutMs ?? TIMEOUT_MS, what.signal);
      try {
        const response = await exchange(what, limit.signal);
        if (response.statusCode >= 400) throw refused(what, response, await response.body.text());
        limit.disarm();
        return watched(what, response.body, limit.end);
      } catch (error) {
        limit.end();
        throw unanswered(what, error, limit.expired());
      }
    },
    noticesDeadWatches: connections.multiplexed,
    lastContact: connections.lastContact,
    onConnect: connections.onConnect,
    close: connections.close,
  };
}

/** Half a surrogate pair, which a cut string can end in, is refused by the server's YAML reader: it becomes U+FFFD. */
function wellFormed(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

function queryString(query: Query = {}): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  const parameters = new URLSearchParams(entries.map(([name, value]): [string, string] => [name, String(value)]));
  return entries.length === 0 ? '' : `?${parameters.toString()}`;
}

function refused(what: KubeRequest, response: Dispatcher.ResponseData, body: string): KubeError {
  const retryAfter = response.headers['retry-after'];
  return refusal(`${what.method} ${what.path}`, response.statusCode, body, Array.isArray(retryAfter) ? retryAfter[0] : retryAfter);
}

/** Leaves typed errors as they are; everything else is a missing answer: refused connection, reset, timeout, abort. */
function unanswered(what: KubeRequest, error: unknown, expired: boolean): unknown {
  const ours = error instanceof KubeError || (error instanceof Error && error.name === 'NotLeader');
  if (ours) return error;
  const reason = expired ? 'Timeout' : what.signal?.aborted === true ? 'Aborted' : 'Unreachable';
  const message = `${what.method} ${what.path}: ${reason === 'Timeout' ? 'timed out' : messageOf(error)}`;
  return new KubeError({ status: 0, reason, message, cause: error });
}

/** Milliseconds to wait before trying again, with up to 50 % jitter; undefined where trying again is not for us. */
function worthWaiting(error: unknown): number | undefined {
  if (!isStatus(error, 429) && !isStatus(error, 503)) return undefined;
  const seconds = error.retryAfterSeconds;
  if (seconds === undefined || seconds > LONGEST_WAIT_SECONDS) return undefined;
  return Math.max(seconds, 0.1) * 1000 * (1 + Math.random() / 2);
}
