import type { RequestListener } from 'node:http';

import { createApp } from './app.ts';
import { PATHS } from './contract.ts';
import { createEnter } from './http/enter.ts';
import type { Parts } from './parts.ts';
import { createScoring } from './scoring/handle.ts';

/**
 * Answers every request of one served model. Scoring does not pass through Express, whose routing and response take
 * longer than the rest of a request's way; everything else does.
 */
export function createHandler(parts: Parts): RequestListener {
  const enter = createEnter(parts);
  const score = createScoring(parts);
  const app = createApp(parts);
  const { accessLog } = parts;
  return (request, response) => {
    accessLog?.(request, response);
    if (!enter(request, response)) return;
    if (request.method === 'POST' && request.url === PATHS.recommend) score(request, response);
    else app(request, response);
  };
}
