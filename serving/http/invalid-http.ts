import type { Duplex } from 'node:stream';
import { Problem } from '../common/problems.ts';
import { createSparseLog } from '../telemetry/log.ts';
import type { Connections } from './connections.ts';
import { documentOf } from './respond.ts';
import { HTTP_LIMITS } from './server-limits.ts';

const CLOSED_AFTER_MS = 1_000;
const REASONS: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
};

/** Statuses of what Node's parser refuses. */
export const INVALID_HTTP_STATUSES = Object.keys(REASONS);

/**
 * Answers what Node's parser cannot read, and closes the connection: nobody knows where the next request would begin.
 * Says nothing while another answer is under way, which would be cut in two or be mistaken for this one.
 * @param onInvalid told the status of each
 */
export function answerInvalidHttp(
  { expectsAnswer }: Connections,
  onInvalid: (status: string) => void,
): (error: Error, socket: Duplex) => void {
  const sparseLog = createSparseLog(10_000);
  return (error, socket) => {
    const isGone = (error as { code?: string }).code === 'ECONNRESET' || !socket.writable;
    if (isGone) return void socket.destroy();
    const problem = problemOf(error);
    onInvalid(String(problem.status));
    sparseLog('warn', 'invalid HTTP request', { status: problem.status, code: problem.code });
    if (!expectsAnswer(socket)) return void socket.destroy();
    socket.end(messageOf(problem));
    // A caller who never closes its side must not keep the connection.
    setTimeout(() => socket.destroy(), CLOSED_AFTER_MS).unref();
  };
}

const { headersTimeout, requestTimeout, maxHeaderSize } = HTTP_LIMITS;
const PROBLEM_OF = new Map<unknown, ConstructorParameters<typeof Problem>>([
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    ['RequestTimeout', `Headers must arrive within ${headersTimeout / 1000} s, the whole request within ${requestTimeout / 1000} s.`],
  ],
  ['HPE_HEADER_OVERFLOW', ['HeadersTooLarge', `The request line and headers must not exceed ${maxHeaderSize / 1024} KiB in total.`]],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', ['BodyTooLarge', 'Chunk extensions are not supported; send the body without them.']],
]);

function problemOf(error: Error): Problem {
  const known = PROBLEM_OF.get((error as { code?: unknown }).code);
  return known === undefined ? new Problem('InvalidHttp', 'The request is not well-formed HTTP/1.1.') : new Problem(...known);
}

function messageOf(problem: Problem): string {
  const body = documentOf(problem);
  const headers = [
    `HTTP/1.1 ${problem.status} ${REASONS[problem.status] ?? 'Bad Request'}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  return `${headers.join('\r\n')}\r\n\r\n${body}`;
}
