import type { IncomingMessage, ServerResponse } from 'node:http';

/** Records how requests pass through this pod, and through another where they are forwarded. */
export interface Traces {
  /**
   * Starts the span of a request, as a part of the caller's trace if it sent one; it ends with the answer.
   * @param route path without its parameters, e.g. `/recommend`
   */
  begin(request: IncomingMessage, response: ServerResponse, route: string): RequestTrace;
  /** Sends what is left, for a short while at most. */
  close(): Promise<void>;
}

/** The trace of one request. Absent = nothing is recorded. */
export interface RequestTrace {
  /** Runs `work` in a span of its own. */
  within<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Starts the span of sending this request to another pod. */
  exchange(origin: string, path: string): TracedExchange;
  /**
   * How the request ended, one word.
   * @param version the one that answered; absent = this pod's
   */
  ended(outcome: string, version?: string): void;
}

export interface TracedExchange {
  /** W3C trace context and baggage, for the request that is sent. */
  headers: Readonly<Record<string, string>>;
  answered(status: number): void;
  /** @param outcome `ok`, or why there is no answer that can be used */
  end(outcome: string): void;
}

/** Runs `work`, in a span of its own where there is a trace. */
export function traced<T>(trace: RequestTrace | undefined, name: string, work: () => Promise<T>): Promise<T> {
  return trace === undefined ? work() : trace.within(name, work);
}
