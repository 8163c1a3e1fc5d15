import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '../common/problems.ts';
import type { ServeConfig } from '../config/serve.ts';
import { HEADERS } from '../contract/http.ts';
import type { Splitter } from '../traffic/splitter.ts';
import { createCrossOrigin } from './cross-origin.ts';
import { createOverloadedAnswer } from './overloaded-answer.ts';
import { identify, requestIdOf } from './request-id.ts';
import { sendProblem } from './respond.ts';
import { securityHeaders } from './security-headers.ts';
import type { ServingState } from './serving-state.ts';

/** Node drops headers beyond a limit without a word, and one of them may have been the credentials. */
export const MAX_HEADERS = 100;

/** What happens to every request first, and to every answer. */
export interface PreHandler {
  /**
   * Gives a request its id.
   * @returns whether it goes on; false = it has been answered
   */
  before(request: IncomingMessage, response: ServerResponse): boolean;
  /** Sets the headers that all answers carry. */
  setCommonHeaders(request: IncomingMessage, response: ServerResponse): void;
  /**
   * Sends a whole JSON answer with them, in one piece and without setting one after the other: that alone would take
   * as long as the rest of the answer. `body` may be overwritten afterwards.
   */
  sendJson(request: IncomingMessage, response: ServerResponse, body: Buffer): void;
  /** Sends a problem in the same way. */
  sendProblem(error: unknown, request: IncomingMessage, response: ServerResponse): void;
  /** Sends the problem of there being too much to do: at overload most answers are that one. */
  refuse(request: IncomingMessage, response: ServerResponse): void;
}

interface PreHandlerDeps {
  config: Pick<ServeConfig, 'version' | 'digest' | 'corsOrigins'>;
  state: Pick<ServingState, 'draining'>;
  splitter: Pick<Splitter, 'isReplaced'> | undefined;
}

export function createPreHandler({ config, state, splitter }: PreHandlerDeps): PreHandler {
  const crossOrigin = createCrossOrigin(config.corsOrigins);
  const fixed = [
    ...securityHeaders(config.corsOrigins.length > 0),
    [HEADERS.version, config.version],
    [HEADERS.digest, config.digest],
  ] as const;
  const flat = fixed.flat();
  const head = answerHead(flat);

  function setCommonHeaders(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader(HEADERS.requestId, requestIdOf(request));
    for (const [name, value] of fixed) response.setHeader(name, value);
  }

  return {
    before(request, response) {
      identify(request);
      // Callers keep connections, and a connection keeps its pod: one that is going or replaced asks them to reconnect.
      if (state.draining || splitter?.isReplaced() === true) response.setHeader('Connection', 'close');
      const fault = headerFault(request);
      if (fault === undefined) return !crossOrigin(request, response);
      setCommonHeaders(request, response);
      sendProblem(fault, request, response);
      return false;
    },
    setCommonHeaders: setCommonHeaders,
    sendJson(request, response, body) {
      response.writeHead(200, head(requestIdOf(request), body.length));
      // Bytes as a text of as many characters: Node sends it together with the headers, which are text.
      response.end(body.toString('latin1'), 'latin1');
    },
    sendProblem: (error, request, response) => sendProblem(error, request, response, [HEADERS.requestId, requestIdOf(request), ...flat]),
    refuse: createOverloadedAnswer(flat),
  };
}

/** @returns the headers of a JSON answer, name after value after name; the array is the same for all answers */
function answerHead(fixed: readonly string[]): (requestId: string, length: number) => string[] {
  const head = [HEADERS.requestId, '', 'content-length', '', 'content-type', 'application/json; charset=utf-8', ...fixed];
  return (requestId, length) => {
    head[1] = requestId;
    head[3] = String(length);
    return head;
  };
}

function headerFault({ rawHeaders, headers, httpVersion }: IncomingMessage): Problem | undefined {
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    return new Problem('HeadersTooLarge', `A request must not have more than ${MAX_HEADERS} headers.`);
  }
  if (headers.host === undefined && httpVersion === '1.1') return new Problem('InvalidHttp', 'HTTP/1.1 requires the header "host".');
  return undefined;
}
