import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import { HEADERS } from '../contract/http.ts';

const PREFLIGHT_GOOD_FOR_S = 600;

/** Lets pages of other origins call. @returns whether the request has been answered: it was a preflight */
type CrossOrigin = (request: IncomingMessage, response: ServerResponse) => boolean;

/** @param origins `https://shop.example.org`, or `*`; empty = none, and every answer stays without CORS headers */
export function createCrossOrigin(origins: readonly string[]): CrossOrigin {
  if (origins.length === 0) return () => false;
  const answer = cors({
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'POST'],
    allowedHeaders: ['content-type', 'content-encoding', 'authorization', HEADERS.apiKey, HEADERS.requestId],
    exposedHeaders: [HEADERS.requestId, HEADERS.version, HEADERS.digest, HEADERS.shielded, 'retry-after', 'ratelimit', 'ratelimit-policy'],
    maxAge: PREFLIGHT_GOOD_FOR_S,
  });
  return (request, response) => {
    // Callers that are no pages; nothing here is kept by caches, so their answers need not vary.
    if (request.headers.origin === undefined) return false;
    let goesOn = false;
    answer(request, response, () => (goesOn = true));
    return !goesOn;
  };
}
