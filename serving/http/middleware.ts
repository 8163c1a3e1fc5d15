import type { Request, RequestHandler } from 'express';

import { HEADERS } from '../contract.ts';
import { Problem } from '../problems.ts';
import type { Guard } from './guard.ts';

/** Lets in whom the guard lets in. */
export function guarded({ guard }: { guard: Guard }): RequestHandler {
  return async (request, _response, next) => {
    await guard(request, request.headers[HEADERS.hop] !== undefined);
    next();
  };
}

/** The last handler of a path: whatever method has not been answered is one the path does not know. */
export function onlyKnows(method: 'GET' | 'POST'): RequestHandler {
  return (request: Request, response) => {
    response.set('Allow', method === 'GET' ? 'GET, HEAD' : method);
    throw new Problem('MethodNotAllowed', `${request.path} answers ${method} only.`);
  };
}
