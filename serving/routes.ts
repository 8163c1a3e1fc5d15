import express from 'express';
import type { Express, Request, RequestHandler } from 'express';

import type { ServeConfig } from './config.ts';
import { PATHS } from './contract.ts';
import { createFeedbackRoute } from './feedback/route.ts';
import type { RecommendationIds } from './feedback/recommendation-id.ts';
import { Problem } from './problems.ts';
import { countFailure, createRecommendRoute } from './scoring/route.ts';
import { notReadyBecause } from './serving-state.ts';
import type { ServingState } from './serving-state.ts';
import type { ActiveUsers } from './telemetry/active-users.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Splitter } from './traffic/splitter.ts';

const MAX_BODY = '64kb';

/** What the routes work with. */
export interface Parts {
  config: Pick<ServeConfig, 'model' | 'version' | 'digest'>;
  state: ServingState;
  metrics: Metrics;
  activeUsers: ActiveUsers;
  ids: RecommendationIds;
  /** Absent when the pod has no carrier. */
  splitter: Splitter | undefined;
}

export function addRoutes(app: Express, parts: Parts): void {
  // The bytes are kept as they came: a forwarded request carries the very body of the caller.
  const body = express.raw({ type: 'application/json', limit: MAX_BODY });
  app.route(PATHS.recommend).post(body, createRecommendRoute(parts), countFailure(parts)).all(onlyKnows('POST'));
  app.route(PATHS.feedback).post(body, createFeedbackRoute(parts)).all(onlyKnows('POST'));
  app.route([PATHS.health, PATHS.healthz]).get((_request, response) => void response.json({ status: 'ok' })).all(onlyKnows('GET'));
  app.route(PATHS.ready).get(ready(parts)).all(onlyKnows('GET'));
  app.route(PATHS.metrics).get(exposition(parts)).all(onlyKnows('GET'));
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
