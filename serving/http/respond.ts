import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Problem, problemOf, PROBLEMS } from '../common/problems.ts';
import { PATHS } from '../contract/http.ts';
import { log, messageOf } from '../telemetry/log.ts';
import { prepareEarlyAnswer } from './early-answer.ts';
import { requestIdOf } from './request-id.ts';

/**
 * The one place where an error becomes an answer: an RFC 9457 problem document.
 * @param headers that the answer carries besides those already set, name after value after name
 */
export function sendProblem(error: unknown, request: IncomingMessage, response: ServerResponse, headers: readonly string[] = []): void {
  const problem = problemOf(error);
  const requestId = requestIdOf(request);
  if (problem.code === 'Internal') log('error', 'request failed', { requestId, error: messageOf(error) });
  if (response.headersSent) return void response.destroy();
  prepareEarlyAnswer(request, response);
  const body = documentOf(problem, requestId, isForProtocol(request));
  response.writeHead(problem.status, [
    ...headers,
    ...Object.entries(problem.headers).flat(),
    ...['content-type', 'application/problem+json', 'content-length', String(Buffer.byteLength(body))],
  ]);
  response.end(body);
}

/** Clients of the Open Inference Protocol look for a sentence in `error`, whatever else is there. */
function isForProtocol({ url = '' }: IncomingMessage): boolean {
  return url === PATHS.inference || url.startsWith(`${PATHS.inference}/`);
}

/** @param requestId absent where what came was not even HTTP */
export function documentOf(problem: Problem, requestId?: string, forProtocol = false): string {
  const { title, status } = PROBLEMS[problem.code];
  const retryAfter = problem.headers['retry-after'];
  return JSON.stringify({
    type: `https://recommender.dev/problems/${kebab(problem.code)}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    ...(forProtocol ? { error: problem.message } : {}),
    requestId,
    ...(retryAfter === undefined ? {} : { retryAfter: Number(retryAfter) }),
    ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
  });
}

function kebab(code: string): string {
  return code.replace(/\B[A-Z]/g, '-$&').toLowerCase();
}
