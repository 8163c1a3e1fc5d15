import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem, problemOf } from '../common/problems.ts';
import type { ServeConfig } from '../config/serve.ts';
import { abandonment, isAbandoned } from '../http/abandonment.ts';
import type { Admission } from '../http/admission.ts';
import { readBody } from '../http/body.ts';
import type { Model } from '../scoring/model.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type InferenceAnswer, writeAnswer } from './answer.ts';
import { DELIVER_WITHIN_MS, MAX_BODIES_IN_MEMORY, MAX_INFER_BODY } from './limits.ts';
import { createBodyMemory } from './memory.ts';
import { readInference } from './read-request.ts';

export interface InferDeps {
  admission: Pick<Admission, 'check'>;
  config: Pick<ServeConfig, 'model' | 'version'>;
  state: { model: Pick<Model, 'describe' | 'infer'> | undefined };
  metrics: Pick<Metrics, 'count'>;
}

const HEADER_LENGTH = 'inference-header-content-length';

/**
 * `POST /v2/models/NAME/infer`: named tensors through the graph as it is, without vocabularies, cache and ranking. It
 * asks the very pod it reaches: raw tensors belong to one version's graph, so that they are never forwarded.
 * @param deliverWithinMs time for the caller to read the answer, which lies in memory until then
 */
export function createInfer({ config, state, admission, metrics }: InferDeps, deliverWithinMs = DELIVER_WITHIN_MS) {
  const memory = createBodyMemory(MAX_BODIES_IN_MEMORY);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    admission.check();
    response.once('close', memory.take(memoryOf(request)));
    const body = await readBody(request, MAX_INFER_BODY);
    const { model } = state;
    if (model === undefined) throw new Problem('NotReady', 'The model is not loaded yet.');
    const { id, feeds, outputs } = readInference(body, headerLength(request), model.describe());
    const names = outputs.map(({ name }) => name);
    const tensors = await model.infer(feeds, names, abandonment(request));
    if (isAbandoned(response)) return;
    const written = writeAnswer({ model: config.model, version: config.version, id }, tensors, outputs);
    response.once('close', memory.take(lengthOf(written)));
    const late = setTimeout(() => response.destroy(), deliverWithinMs);
    response.once('close', () => clearTimeout(late));
    send(response, written);
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await answer(request, response);
      metrics.count('inferenceRequests', { outcome: 'ok' });
    } catch (error) {
      const outcome = problemOf(error).status < 500 ? 'rejected' : 'error';
      if (!isAbandoned(response)) metrics.count('inferenceRequests', { outcome });
      throw error;
    }
  };
}

/** What a byte of deflated data can become, https://zlib.net/zlib_tech.html. */
const MOST_EXPANDED = 1032;

/** Most bytes of a body in memory: those announced, or any number where none is, and what they expand to. */
function memoryOf({ headers }: IncomingMessage): number {
  const sent = Math.min(MAX_INFER_BODY, Number(headers['content-length'] ?? Infinity));
  return headers['content-encoding'] === undefined ? sent : sent + Math.min(MAX_INFER_BODY, MOST_EXPANDED * sent);
}

function headerLength({ headers }: IncomingMessage): string | undefined {
  const length = headers[HEADER_LENGTH];
  return Array.isArray(length) ? length.join() : length;
}

function lengthOf({ parts }: InferenceAnswer): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function send(response: ServerResponse, answer: InferenceAnswer): void {
  const { parts, jsonLength } = answer;
  const form = jsonLength === undefined
    ? { 'content-type': 'application/json' }
    : { 'content-type': 'application/octet-stream', [HEADER_LENGTH]: jsonLength };
  response.writeHead(200, { ...form, 'content-length': lengthOf(answer) });
  for (const part of parts) response.write(part);
  response.end();
}
