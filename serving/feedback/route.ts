import type { RequestHandler } from 'express';
import { Problem } from '../common/problems.ts';
import type { ServeConfig } from '../config/serve.ts';
import { readJsonBody } from '../http/body.ts';
import { parseBody } from '../http/parse.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { boundedLabel } from './bounded-labels.ts';
import type { RecommendationIds } from './recommendation-id.ts';
import { FeedbackRequest } from './request.ts';

const MAX_EVENTS = 20;
const MAX_VERSIONS = 50;

interface Needs {
  ids: RecommendationIds;
  metrics: Pick<Metrics, 'count'>;
  config: Pick<ServeConfig, 'feedbackEvents'>;
}

/**
 * `POST /feedback`: counted for the version that made the recommendation, whichever pod it reaches. The version is
 * read from the recommendation's id.
 */
export function createFeedbackRoute({ ids, metrics, config }: Needs): RequestHandler {
  const eventLabel = boundedLabel(MAX_EVENTS, config.feedbackEvents);
  const versionLabel = boundedLabel(MAX_VERSIONS);
  return async (request, response) => {
    const feedback = parseBody(FeedbackRequest, await readJsonBody(request));
    const version = ids.versionOf(feedback.recommendation_id);
    if (version === undefined) {
      throw new Problem('InvalidRecommendationId', 'Send the recommendation_id exactly as POST /recommend returned it.');
    }
    metrics.count('feedback', { version: versionLabel(version), event: eventLabel(feedback.event) });
    response.status(202).json({ status: 'accepted' });
  };
}
