import { InferenceFailed, InferenceOverloaded, InferenceTimedOut } from './scoring/failures.ts';

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
  return new Problem('Internal', 'The request could not be answered.');
}
