import type { RequestListener } from 'node:http';

import { createApp } from './app.ts';
import { PATHS } from './contract.ts';
import { createEntrance } from './http/enter.ts';
import type { Parts } from './parts.ts';
import { createScoring } from './scoring/handle.ts';

/**
 * Answers every request of one served model. Scoring does not pass through Express, whose routing and response take
 * longer than the rest of a request's way; everything else does.
 */
export function createHandler(parts: Parts): RequestListener {
  const entrance = createEntrance(parts);
  const score = createScoring(parts, entrance);
  const app = createApp(parts, score);
  const { accessLog } = parts;
  return (request, response) => {
    accessLog?.(request, response);
    if (!entrance.enter(request, response)) return;
    if (request.method === 'POST' && request.url === PATHS.recommend) return score(request, response);
    entrance.dress(request, response);
    app(request, response);
  };
}
