interface ProblemRow {
  status: number;
  title: string;
  /** Headers of every answer with this problem, unless the occurrence brings its own. */
  headers?: Record<string, string>;
}

/** Every error a caller can meet: code → status and title of the problem document. */
export const PROBLEMS = {
  InvalidHttp: { status: 400, title: 'Invalid HTTP request' },
  InvalidJson: { status: 400, title: 'Invalid JSON' },
  InvalidRequest: { status: 400, title: 'Invalid request' },
  InvalidRecommendationId: { status: 400, title: 'Unknown recommendation id' },
  Unauthenticated: {
    status: 401,
    title: 'Authentication required',
    headers: { 'www-authenticate': 'Bearer realm="recommender", ApiKey realm="recommender"' },
  },
  NotFound: { status: 404, title: 'Not found' },
  MethodNotAllowed: { status: 405, title: 'Method not allowed' },
  RequestTimeout: { status: 408, title: 'Request timeout' },
  BodyTooLarge: { status: 413, title: 'Request body too large' },
  UnsupportedMediaType: { status: 415, title: 'Unsupported content type or encoding' },
  TensorsRefused: { status: 422, title: 'Tensors rejected by the model' },
  TooManyRequests: { status: 429, title: 'Rate limit exceeded' },
  HeadersTooLarge: { status: 431, title: 'Request headers too large' },
  Internal: { status: 500, title: 'Internal error' },
  InferenceFailed: { status: 500, title: 'Inference failed' },
  NotReady: { status: 503, title: 'Not ready', headers: { 'retry-after': '1' } },
  CredentialsUncheckable: { status: 503, title: 'Credentials cannot be verified', headers: { 'retry-after': '5' } },
  Overloaded: { status: 503, title: 'Overloaded', headers: { 'retry-after': '1' } },
  InferenceTimedOut: { status: 504, title: 'Inference timed out' },
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;

/** An error that is meant for the caller; `detail` is one sentence on this very occurrence. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly { path: string; message: string }[];

  /** Headers of the answer, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, errors: Problem['errors'] = [], headers: Problem['headers'] = {}) {
    // Made for callers, at overload thousands a second: where in the code is of no interest, and costs most of it.
    const frames = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(detail);
    Error.stackTraceLimit = frames;
    const row: ProblemRow = PROBLEMS[code];
    this.code = code;
    this.errors = errors;
    this.headers = { ...row.headers, ...headers };
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

/** An error whose message is for the log: callers learn its code and `detail` alone. */
export abstract class Failure extends Error {
  abstract readonly code: ProblemCode;
  abstract readonly detail: string;
}

/** Turns whatever was thrown into what the caller may know of it. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Failure) return new Problem(error.code, error.detail);
  // What Express throws for an address with, for instance, a lone percent sign.
  if (error instanceof URIError) return new Problem('InvalidRequest', 'The URL cannot be decoded.');
  return new Problem('Internal', 'The request could not be answered.');
}
