import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DestinationStream, pino } from 'pino';
import type { ProtectionConfig } from '../config/protection.ts';
import { HEADERS, PATHS } from '../contract/http.ts';
import { requestIdOf } from './request-id.ts';
import { type RequestRecord, startRecord } from './request-record.ts';

/** Lines a second of requests that failed; a flood of refusals must not become a flood of lines. */
const MAX_FAILURES_A_SECOND = 50;
const KNOWN_PATHS = new Set<string>(Object.values(PATHS));
const MODEL_PATH = new RegExp(`^${PATHS.inference}/models/[^/]+`);

/** Follows a request that has entered, and writes a line when it has been answered or has broken off. */
export type AccessLog = (request: IncomingMessage, response: ServerResponse) => void;

/** Lines are collected and written in the background; at most `maxLength` bytes wait, what comes beyond is lost. */
export function accessLogDestination(): DestinationStream & { flushSync(): void } {
  // Pipes take 4 KiB in one piece, so that these lines never run into those of the other log.
  return pino.destination({ fd: 1, sync: false, minLength: 4_000, maxWrite: 4_096, maxLength: 4 * 1024 * 1024, periodicFlush: 1_000 });
}

/**
 * One line of JSON a request. Tells of the caller by name only; never of users, bodies, addresses or credentials.
 * @param version that answers what has not been forwarded
 */
export function createAccessLog(level: ProtectionConfig['accessLog'], destination: DestinationStream, version: string): AccessLog {
  if (level === 'off') return () => undefined;
  const lines = pino(
    {
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const mayTell = level === 'all' ? () => true : createAllowance(MAX_FAILURES_A_SECOND);

  function tell(request: IncomingMessage, response: ServerResponse, record: RequestRecord): void {
    // 499 is what nginx notes of callers who left before their answer.
    const status = response.writableFinished ? response.statusCode : 499;
    if (level === 'errors' && status < 400) return;
    if (mayTell()) lines.info(lineOf(request, response, record, { status, version }));
  }

  return (request, response) => {
    const record = startRecord(request);
    response.once('close', () => tell(request, response, record));
  };
}

function lineOf(request: IncomingMessage, response: ServerResponse, record: RequestRecord, own: { status: number; version: string }) {
  return {
    event: 'request',
    method: request.method,
    route: routeOf(request.url ?? ''),
    status: own.status,
    milliseconds: Math.round((performance.now() - record.started) * 100) / 100,
    requestId: requestIdOf(request),
    caller: record.caller,
    outcome: record.outcome,
    version: response.getHeader(HEADERS.version) ?? own.version,
  };
}

/** The route that a path belongs to: paths themselves are the caller's, and without bound. */
export function routeOf(url: string): string {
  const [path = ''] = url.split('?', 1);
  if (KNOWN_PATHS.has(path)) return path;
  if (!path.startsWith(`${PATHS.inference}/`)) return 'other';
  const route = path.replace(MODEL_PATH, `${PATHS.inference}/models/{model}`);
  return /^\/v2\/(health\/(live|ready)|models\/\{model\}(\/(versions\/.*|ready|infer))?)$/.test(route) ? route.replace(/versions\/[^/]+/, 'versions/{version}') : 'other';
}

function createAllowance(perSecond: number): () => boolean {
  let second = 0;
  let told = 0;
  return () => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) told = 0;
    second = now;
    told += 1;
    return told <= perSecond;
  };
}
