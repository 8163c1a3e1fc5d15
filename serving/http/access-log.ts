import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProtectionConfig } from '../config/protection.ts';
import { HEADERS, PATHS } from '../contract/http.ts';
import { logLine } from '../contract/log.ts';
import { requestIdOf } from './request-id.ts';
import { type RequestRecord, startRecord } from './request-record.ts';

/** Lines a second of requests that failed; a flood of refusals must not become a flood of lines. */
const MAX_FAILURES_A_SECOND = 50;
const KNOWN_PATHS = new Set<string>(Object.values(PATHS));
const INFERENCE_ROUTE = /^\/v2\/(health\/(live|ready)|models\/\{model\}(\/(versions\/.*|ready|infer))?)$/;
const MODEL_PATH = new RegExp(`^${PATHS.inference}/models/[^/]+`);

/** Follows a request that has entered, and writes a line when it has been answered or has broken off. */
export type AccessLog = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * One line of the log for each request. Tells of the caller by name only; never of users, bodies, addresses or credentials.
 * @param write called for every line
 * @param version that answers what has not been forwarded
 */
export function createAccessLog(level: ProtectionConfig['accessLog'], write: (line: string) => void, version: string): AccessLog {
  if (level === 'off') return () => undefined;
  const mayTell = level === 'all' ? () => true : createAllowance(MAX_FAILURES_A_SECOND);

  function tell(request: IncomingMessage, response: ServerResponse, record: RequestRecord): void {
    // 499 is what nginx notes of callers who left before their answer.
    const status = response.writableFinished ? response.statusCode : 499;
    if (level === 'errors' && status < 400) return;
    if (mayTell()) write(logLine(Date.now(), 'info', 'request', fieldsOf(request, response, record, { status, version })));
  }

  return (request, response) => {
    const record = startRecord(request);
    response.once('close', () => tell(request, response, record));
  };
}

function fieldsOf(request: IncomingMessage, response: ServerResponse, record: RequestRecord, own: { status: number; version: string }) {
  return {
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
function routeOf(url: string): string {
  const [path = ''] = url.split('?', 1);
  if (KNOWN_PATHS.has(path)) return path;
  if (!path.startsWith(`${PATHS.inference}/`)) return 'other';
  const route = path.replace(MODEL_PATH, `${PATHS.inference}/models/{model}`);
  return INFERENCE_ROUTE.test(route) ? route.replace(/versions\/[^/]+/, 'versions/{version}') : 'other';
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
