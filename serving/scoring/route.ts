import type { ErrorRequestHandler, RequestHandler, Response } from 'express';

import { parseBody } from '../body.ts';
import { HEADERS } from '../contract.ts';
import { Problem, problemOf } from '../problems.ts';
import type { Parts } from '../routes.ts';
import type { ForwardedAnswer } from '../traffic/target.ts';
import type { Model } from './model.ts';
import type { Recommendation } from './recommend.ts';
import { RecommendRequest } from './request.ts';

/** `POST /recommend`, from the body to the answer: check, assign, forward under the shield, or score here. */
export function createRecommendRoute(parts: Parts): RequestHandler {
  const { config, state, metrics, activeUsers, ids, splitter } = parts;

  return async (request, response) => {
    const asked = parseBody(RecommendRequest, request.body);
    const { model } = state;
    if (model === undefined) throw new Problem('NotReady', 'The model is not loaded yet.');
    const requestId = String(request.headers[HEADERS.requestId]);
    const isForwarded = request.headers[HEADERS.hop] !== undefined;
    const signal = abandonment(response);

    const elsewhere = (await splitter?.elsewhere(asked.user_id ?? requestId, isForwarded, {
      body: request.body as Buffer,
      requestId,
      signal,
    })) ?? { kind: 'local' as const };
    if (elsewhere.kind === 'answered') return passOn(elsewhere.answer, response);
    if (elsewhere.kind === 'shielded') response.set(HEADERS.shielded, '1');

    // A shielded request is timed from here: its wait was the candidate's and is counted there.
    const started = performance.now();
    response.locals['scoringStarted'] = started;
    if (asked.user_id !== undefined) activeUsers.seen(asked.user_id);
    const recommendation = await recommend(model, asked, isForwarded, signal);
    const head = { recommendationId: ids.create(config.version), model: config.model, version: config.version };
    metrics.count('requests', { outcome: recommendation.fallback ? 'fallback' : 'ok' });
    metrics.observe('requestDuration', (performance.now() - started) / 1000);
    response.type('application/json').send(model.render(head, recommendation));
  };
}

/** Counts a scoring request that ends in a problem. */
export function countFailure({ metrics }: Parts): ErrorRequestHandler {
  return (error, _request, response, next) => {
    // Nobody received this answer; the champion that gave up waiting has counted it.
    if (isAbandoned(response)) return;
    const { status } = problemOf(error);
    metrics.count('requests', { outcome: status < 500 ? 'rejected' : 'error' });
    const started: unknown = response.locals['scoringStarted'];
    if (typeof started === 'number') metrics.observe('requestDuration', (performance.now() - started) / 1000);
    next(error);
  };
}

/**
 * A model that fails a user of its own gives popular items. To a forwarded request it tells the truth, so that the
 * champion, which can do better, answers.
 */
async function recommend(model: Model, asked: RecommendRequest, isForwarded: boolean, signal: AbortSignal): Promise<Recommendation> {
  try {
    return await model.recommend(asked, signal);
  } catch (error) {
    if (isForwarded || signal.aborted) throw error;
    return model.popular(asked);
  }
}

function passOn({ contentType, version, digest, body }: ForwardedAnswer, response: Response): void {
  response.set({ [HEADERS.version]: version, [HEADERS.digest]: digest });
  response.type(contentType).send(body);
}

/** Aborts when the caller goes away before it has its answer. */
function abandonment(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (isAbandoned(response)) controller.abort();
  });
  return controller.signal;
}

function isAbandoned(response: Response): boolean {
  return response.closed && !response.writableFinished;
}
