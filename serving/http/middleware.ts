import type { Request, RequestHandler } from 'express';
import { Problem } from '../common/problems.ts';
import type { Guard } from './guard.ts';

/** Lets in whom the guard lets in. What comes this way is never forwarded, whatever its headers say. */
export function guarded({ guard }: { guard: Guard }): RequestHandler {
  return async (request, _response, next) => {
    await guard(request, false);
    next();
  };
}

/** The last handler of a path: whatever method has not been answered is one the path does not know. */
export function onlyKnows(method: 'GET' | 'POST'): RequestHandler {
  return (request: Request, response) => {
    response.set('Allow', method === 'GET' ? 'GET, HEAD' : method);
    throw new Problem('MethodNotAllowed', `${request.path} only supports ${method}.`);
  };
}
