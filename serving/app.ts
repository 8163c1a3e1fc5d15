import { randomUUID } from 'node:crypto';
import express from 'express';
import type { Express, RequestHandler } from 'express';

import { HEADERS } from './contract.ts';
import { Problem, sendProblem } from './problems.ts';
import { addRoutes } from './routes.ts';
import type { Parts } from './routes.ts';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The HTTP interface of one served model. */
export function createApp(parts: Parts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(identify(parts), steerAway(parts));
  addRoutes(app, parts);
  app.use((request, _response, next) => next(new Problem('NotFound', `There is nothing at ${request.path}.`)));
  app.use(sendProblem);
  return app;
}

/** Gives every request an id, the caller's own where it is harmless, and every answer its version. */
function identify({ config }: Parts): RequestHandler {
  return (request, response, next) => {
    const given = request.headers[HEADERS.requestId];
    const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    request.headers[HEADERS.requestId] = id;
    response.set({ [HEADERS.requestId]: id, [HEADERS.version]: config.version, [HEADERS.digest]: config.digest });
    next();
  };
}

/** Callers keep connections, and a connection keeps its pod: one that is going or replaced asks them to reconnect. */
function steerAway({ state, splitter }: Parts): RequestHandler {
  return (_request, response, next) => {
    if (state.draining || splitter?.isReplaced() === true) response.set('Connection', 'close');
    next();
  };
}
