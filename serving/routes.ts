import type { Express, RequestHandler } from 'express';
import { Problem } from './common/problems.ts';
import { PATHS } from './contract/http.ts';
import type { Deps } from './deps.ts';
import { createFeedbackRoute } from './feedback/route.ts';
import { guarded, onlyKnows } from './http/middleware.ts';
import { notReadyBecause } from './http/serving-state.ts';
import { openApiDocument } from './openapi/document.ts';
import { addInferenceProtocol } from './protocol/routes.ts';
import type { ScoringHandler } from './recommend.ts';

export function addRoutes(app: Express, deps: Deps, score: ScoringHandler): void {
  // With a query, a trailing slash or other capitals; the plain path never comes here.
  app.route(PATHS.recommend).post(score).all(onlyKnows('POST'));
  app.route(PATHS.feedback).post(guarded(deps), createFeedbackRoute(deps)).all(onlyKnows('POST'));
  app.route([PATHS.health, PATHS.healthz]).get((_request, response) => void response.json({ status: 'ok' })).all(onlyKnows('GET'));
  app.route(PATHS.ready).get(ready(deps)).all(onlyKnows('GET'));
  app.route(PATHS.metrics).get(exposition(deps)).all(onlyKnows('GET'));
  app.route(PATHS.openapi).get(prepared(openApiDocument(deps.config))).all(onlyKnows('GET'));
  addInferenceProtocol(app, deps);
}

function ready({ state }: Deps): RequestHandler {
  return (_request, response) => {
    const reason = notReadyBecause(state);
    if (reason !== undefined) throw new Problem('NotReady', reason);
    response.json({ status: 'ready' });
  };
}

function exposition({ metrics, readGauges }: Deps): RequestHandler {
  return async (_request, response) => {
    readGauges();
    response.type(metrics.contentType).send(await metrics.text());
  };
}

/** The same answer to everyone, written once. */
function prepared(document: object): RequestHandler {
  const body = Buffer.from(JSON.stringify(document));
  return (_request, response) => void response.type('json').send(body);
}
