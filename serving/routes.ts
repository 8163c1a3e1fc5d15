import type { Express, RequestHandler } from 'express';
import { Problem } from './common/problems.ts';
import { PATHS } from './contract/http.ts';
import type { Parts } from './deps.ts';
import { createFeedbackRoute } from './feedback/route.ts';
import { guarded, onlyKnows } from './http/middleware.ts';
import { notReadyBecause } from './http/serving-state.ts';
import { openApiDocument } from './openapi/document.ts';
import { addInferenceProtocol } from './protocol/routes.ts';
import type { ScoringHandler } from './recommend.ts';

export function addRoutes(app: Express, parts: Parts, score: ScoringHandler): void {
  // With a query, a trailing slash or other capitals; the plain path never comes here.
  app.route(PATHS.recommend).post(score).all(onlyKnows('POST'));
  app.route(PATHS.feedback).post(guarded(parts), createFeedbackRoute(parts)).all(onlyKnows('POST'));
  app.route([PATHS.health, PATHS.healthz]).get((_request, response) => void response.json({ status: 'ok' })).all(onlyKnows('GET'));
  app.route(PATHS.ready).get(ready(parts)).all(onlyKnows('GET'));
  app.route(PATHS.metrics).get(exposition(parts)).all(onlyKnows('GET'));
  app.route(PATHS.openapi).get(prepared(openApiDocument(parts.config))).all(onlyKnows('GET'));
  addInferenceProtocol(app, parts);
}

function ready({ state }: Parts): RequestHandler {
  return (_request, response) => {
    const reason = notReadyBecause(state);
    if (reason !== undefined) throw new Problem('NotReady', reason);
    response.json({ status: 'ready' });
  };
}

function exposition({ metrics, readGauges }: Parts): RequestHandler {
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
