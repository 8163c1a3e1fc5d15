import type { Express, Request, RequestHandler } from 'express';

import { HEADERS, PATHS } from './contract.ts';
import { createFeedbackRoute } from './feedback/route.ts';
import type { Parts } from './parts.ts';
import { Problem } from './problems.ts';
import { createScoring } from './scoring/handle.ts';
import { notReadyBecause } from './serving-state.ts';

export function addRoutes(app: Express, parts: Parts): void {
  // With a query, a trailing slash or other capitals; the plain path never comes here.
  app.route(PATHS.recommend).post(createScoring(parts)).all(onlyKnows('POST'));
  app.route(PATHS.feedback).post(guarded(parts), createFeedbackRoute(parts)).all(onlyKnows('POST'));
  app.route([PATHS.health, PATHS.healthz]).get((_request, response) => void response.json({ status: 'ok' })).all(onlyKnows('GET'));
  app.route(PATHS.ready).get(ready(parts)).all(onlyKnows('GET'));
  app.route(PATHS.metrics).get(exposition(parts)).all(onlyKnows('GET'));
}

/** Lets in whom the guard lets in. */
export function guarded({ guard }: Parts): RequestHandler {
  return async (request, _response, next) => {
    await guard(request, request.headers[HEADERS.hop] !== undefined);
    next();
  };
}

function ready({ state }: Parts): RequestHandler {
  return (_request, response) => {
    const reason = notReadyBecause(state);
    if (reason !== undefined) throw new Problem('NotReady', reason);
    response.json({ status: 'ready' });
  };
}

function exposition({ metrics, activeUsers }: Parts): RequestHandler {
  return async (_request, response) => {
    metrics.set('activeUsers', activeUsers.count());
    response.type(metrics.contentType).send(await metrics.text());
  };
}

function onlyKnows(method: string): RequestHandler {
  return (request: Request, response) => {
    response.set('Allow', method === 'GET' ? 'GET, HEAD' : method);
    throw new Problem('MethodNotAllowed', `${request.path} answers ${method} only.`);
  };
}
