import type { ErrorRequestHandler } from 'express';

import { HEADERS } from './contract.ts';
import { InferenceFailed, InferenceOverloaded, InferenceTimedOut } from './scoring/failures.ts';
import { log, messageOf } from './telemetry/log.ts';

/** Every error a caller can meet: code → status and title of the problem document. */
export const PROBLEMS = {
  InvalidJson: { status: 400, title: 'The body is not JSON' },
  InvalidRequest: { status: 400, title: 'The request breaks the schema' },
  InvalidRecommendationId: { status: 400, title: 'The recommendation id is none of this model' },
  NotFound: { status: 404, title: 'No such resource' },
  MethodNotAllowed: { status: 405, title: 'The resource does not know this method' },
  BodyTooLarge: { status: 413, title: 'The body is too large' },
  UnsupportedMediaType: { status: 415, title: 'The body must be application/json' },
  Internal: { status: 500, title: 'Something went wrong here' },
  InferenceFailed: { status: 500, title: 'The model failed' },
  NotReady: { status: 503, title: 'Not ready' },
  Overloaded: { status: 503, title: 'Too many requests are waiting' },
  InferenceTimedOut: { status: 504, title: 'The model took too long' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** An error that is meant for the caller; `detail` is one sentence on this very occurrence. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly { path: string; message: string }[];

  constructor(code: ProblemCode, detail: string, errors: Problem['errors'] = []) {
    super(detail);
    this.code = code;
    this.errors = errors;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

/** Turns whatever was thrown into what the caller may know of it. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof InferenceFailed) return new Problem('InferenceFailed', 'The model could not score this request.');
  if (error instanceof InferenceOverloaded) return new Problem('Overloaded', 'Try again in a moment.');
  if (error instanceof InferenceTimedOut) return new Problem('InferenceTimedOut', 'The model gave no answer in time.');
  return parserProblem(error) ?? new Problem('Internal', 'The request could not be answered.');
}

/** Errors of the body parser carry a status of their own. */
function parserProblem(error: unknown): Problem | undefined {
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (status === 413) return new Problem('BodyTooLarge', 'Bodies of up to 64 KiB are read.');
  if (status === 415) return new Problem('UnsupportedMediaType', 'The encoding of the body is not known.');
  if (status === 400 && typeof type === 'string') return new Problem('InvalidJson', 'The body could not be read to its end.');
  return undefined;
}

/** The one place where an error becomes an answer: an RFC 9457 problem document. */
export const sendProblem: ErrorRequestHandler = (error, request, response, next) => {
  const problem = problemOf(error);
  const { title, status } = PROBLEMS[problem.code];
  const requestId = request.headers[HEADERS.requestId];
  if (problem.code === 'Internal') log('error', 'request-failed', { requestId: String(requestId), message: messageOf(error) });
  if (response.headersSent) return next(error);
  // Keeping the connection would mean reading the rest of a body that nobody wants.
  if (problem.code === 'BodyTooLarge') response.set('Connection', 'close');
  response.status(status).type('application/problem+json').send(
    JSON.stringify({
      type: `https://recommender.dev/problems/${kebab(problem.code)}`,
      title,
      status,
      detail: problem.message,
      code: problem.code,
      requestId,
      ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
    }),
  );
};

function kebab(code: string): string {
  return code.replace(/\B[A-Z]/g, '-$&').toLowerCase();
}
