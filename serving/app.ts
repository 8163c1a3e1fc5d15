import express from 'express';
import type { ErrorRequestHandler, Express } from 'express';
import { Problem } from './common/problems.ts';
import type { Deps } from './deps.ts';
import { sendProblem } from './http/respond.ts';
import type { ScoringHandler } from './recommend.ts';
import { addRoutes } from './routes.ts';

/** Of a path that does not exist; it may have kilobytes. */
const MAX_SHOWN = 200;

/** Everything of the HTTP interface but scoring. */
export function createApp(deps: Deps, score: ScoringHandler): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  addRoutes(app, deps, score);
  app.use((request, _response, next) => next(new Problem('NotFound', `No resource at ${request.path.slice(0, MAX_SHOWN)}.`)));
  app.use(answerProblem);
  return app;
}

/** Express knows a handler of errors by its four parameters. */
const answerProblem: ErrorRequestHandler = (error, request, response, _next) => sendProblem(error, request, response);
