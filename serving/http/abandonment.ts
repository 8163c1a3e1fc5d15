import type { ServerResponse } from 'node:http';

/** Aborts when the caller goes away before it has its answer. */
export function abandonment(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (isAbandoned(response)) controller.abort();
  });
  return controller.signal;
}

/** The caller went away before it had its answer. */
export function isAbandoned(response: ServerResponse): boolean {
  return response.closed && !response.writableFinished;
}
