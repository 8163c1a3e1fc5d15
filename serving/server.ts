import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createApp } from './app.ts';
import { Problem } from './common/problems.ts';
import { PATHS } from './contract/http.ts';
import type { Deps } from './deps.ts';
import { createPreHandler } from './http/pre-handler.ts';
import { sendProblem } from './http/respond.ts';
import { createScoring } from './recommend.ts';

/** Express calls `rest` where it finds no path in the address; without it, it would answer a page. */
type WithRest = (request: IncomingMessage, response: ServerResponse, rest: (error?: unknown) => void) => void;

/**
 * Answers every request of one served model. Scoring does not pass through Express, whose routing and response take
 * longer than the rest of a request's way; everything else does.
 */
export function createHandler(deps: Deps): RequestListener {
  const preHandler = createPreHandler(deps);
  const score = createScoring(deps, preHandler);
  const app: WithRest = createApp(deps, score);
  const { accessLog } = deps;
  return (request, response) => {
    accessLog?.(request, response);
    if (!preHandler.before(request, response)) return;
    if (request.method === 'POST' && request.url === PATHS.recommend) return score(request, response);
    preHandler.setCommonHeaders(request, response);
    app(request, response, (error = new Problem('InvalidRequest', 'The URL cannot be parsed.')) => sendProblem(error, request, response));
  };
}
