import type { IncomingMessage, ServerResponse } from 'node:http';

import { Problem, problemOf, PROBLEMS } from '../problems.ts';
import { log, messageOf } from '../telemetry/log.ts';
import { requestIdOf } from './enter.ts';

/** The one place where an error becomes an answer: an RFC 9457 problem document. */
export function sendProblem(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  const problem = problemOf(error);
  const requestId = requestIdOf(request);
  if (problem.code === 'Internal') log('error', 'request-failed', { requestId, message: messageOf(error) });
  if (response.headersSent) return void response.destroy();
  // Keeping the connection would mean reading the rest of a body that nobody wants.
  if (!request.complete) response.setHeader('Connection', 'close');
  const body = documentOf(problem, requestId);
  response.writeHead(problem.status, { 'content-type': 'application/problem+json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Sends a whole JSON answer. */
export function sendJson(response: ServerResponse, body: string | Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function documentOf(problem: Problem, requestId: string): string {
  const { title, status } = PROBLEMS[problem.code];
  return JSON.stringify({
    type: `https://recommender.dev/problems/${kebab(problem.code)}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    requestId,
    ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
  });
}

function kebab(code: string): string {
  return code.replace(/\B[A-Z]/g, '-$&').toLowerCase();
}
