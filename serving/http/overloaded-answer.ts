import type { IncomingMessage, ServerResponse } from 'node:http';
import { HEADERS } from '../contract/http.ts';
import { overloaded } from './admission.ts';
import { prepareEarlyAnswer } from './early-answer.ts';
import { requestIdOf } from './request-id.ts';
import { documentOf } from './respond.ts';

/** Stands for the id in the prepared answer; ids are of characters that JSON leaves as they are. */
const ID = 'REQUEST-ID';

/**
 * The answer to a request that cannot be answered in time, prepared but for the id: what it costs is taken from those
 * who can be. It is sent before the body has been read.
 * @param fixed headers, name after value after name
 */
export function createOverloadedAnswer(fixed: readonly string[]): (request: IncomingMessage, response: ServerResponse) => void {
  const problem = overloaded();
  const [start = '', end = ''] = documentOf(problem, ID).split(ID);
  const type = ['content-type', 'application/problem+json'];
  const head = [HEADERS.requestId, '', 'content-length', '', ...type, ...Object.entries(problem.headers).flat(), ...fixed];
  return (request, response) => {
    const requestId = requestIdOf(request);
    prepareEarlyAnswer(request, response);
    head[1] = requestId;
    head[3] = String(start.length + requestId.length + end.length);
    response.writeHead(problem.status, head);
    response.end(`${start}${requestId}${end}`, 'latin1');
  };
}
