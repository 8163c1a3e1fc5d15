import type { IncomingMessage, ServerResponse } from 'node:http';

import { abandonment } from '../http/abandonment.ts';
import { readBody } from '../http/body.ts';
import type { Parts } from '../parts.ts';
import { Problem } from '../problems.ts';
import { MAX_BODIES_IN_MEMORY, MAX_INFER_BODY } from './limits.ts';
import { createBodyMemory } from './memory.ts';
import { readInference } from './read-request.ts';
import { writeAnswer } from './answer.ts';
import type { InferenceAnswer } from './answer.ts';

const HEADER_LENGTH = 'inference-header-content-length';

/**
 * `POST /v2/models/NAME/infer`: named tensors through the graph as it is, without vocabularies, cache and ranking. It
 * asks the very pod it reaches: raw tensors belong to one version's graph, so that they are never forwarded.
 */
export function createInfer({ config, state, admission }: Parts) {
  const memory = createBodyMemory(MAX_BODIES_IN_MEMORY);

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    admission.check();
    response.once('close', memory.take(Math.min(MAX_INFER_BODY, bodySize(request))));
    const body = await readBody(request, MAX_INFER_BODY);
    const { model } = state;
    if (model === undefined) throw new Problem('NotReady', 'The model is not loaded yet.');
    const { id, feeds, outputs } = readInference(body, headerLength(request), model.describe());
    const names = outputs.map(({ name }) => name);
    const tensors = await model.infer(feeds, names, abandonment(request));
    send(response, writeAnswer({ model: config.model, version: config.version, id }, tensors, outputs));
  };
}

/** Bytes announced; those of a body without a length may be any number. */
function bodySize({ headers }: IncomingMessage): number {
  return Number(headers['content-length'] ?? Infinity);
}

function headerLength({ headers }: IncomingMessage): string | undefined {
  const length = headers[HEADER_LENGTH];
  return Array.isArray(length) ? length.join() : length;
}

function send(response: ServerResponse, { parts, jsonLength }: InferenceAnswer): void {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const form = jsonLength === undefined
    ? { 'content-type': 'application/json' }
    : { 'content-type': 'application/octet-stream', [HEADER_LENGTH]: jsonLength };
  response.writeHead(200, { ...form, 'content-length': length });
  for (const part of parts) response.write(part);
  response.end();
}
