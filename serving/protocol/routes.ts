/**
 * Open Inference Protocol v2 over REST, https://github.com/kserve/open-inference-protocol, with the extension
 * `binary_tensor_data`.
 */
import type { Express, Request, RequestHandler } from 'express';

import { PATHS } from '../contract/http.ts';
import { guarded, onlyKnows } from '../http/middleware.ts';
import type { Parts } from '../parts.ts';
import { Problem } from '../problems.ts';
import { notReadyBecause } from '../serving-state.ts';
import { createInfer } from './infer.ts';
import { modelMetadata, SERVER_METADATA } from './metadata.ts';

const ROOT = PATHS.inference;
const MODEL = [`${ROOT}/models/:model`, `${ROOT}/models/:model/versions/:version`];

export function addInferenceProtocol(app: Express, parts: Parts): void {
  const { config, state } = parts;
  const letIn = guarded(parts);
  const named = namesThisModel(config);
  const below = (path: string) => MODEL.map((model) => `${model}/${path}`);

  app.route(ROOT).get((_request, response) => void response.json(SERVER_METADATA)).all(onlyKnows('GET'));
  app.route(`${ROOT}/health/live`).get((_request, response) => void response.json({ live: true })).all(onlyKnows('GET'));
  app.route(`${ROOT}/health/ready`).get(whenReady(parts, { ready: true })).all(onlyKnows('GET'));
  app.route(below('ready')).get(named, whenReady(parts, { name: config.model, ready: true })).all(onlyKnows('GET'));
  app.route(below('infer')).post(letIn, named, createInfer(parts)).all(onlyKnows('POST'));
  app.route(MODEL).get(letIn, named, (_request, response) => {
    if (state.model === undefined) throw new Problem('NotReady', 'The model is not loaded yet.');
    response.json(modelMetadata(config.model, config.version, state.model.describe()));
  }).all(onlyKnows('GET'));
}

function whenReady({ state }: Parts, answer: object): RequestHandler {
  return (_request, response) => {
    const reason = notReadyBecause(state);
    if (reason !== undefined) throw new Problem('NotReady', reason);
    response.json(answer);
  };
}

/** A pod serves one version of one model. */
function namesThisModel({ model, version }: Parts['config']): RequestHandler {
  return (request: Request, _response, next) => {
    const { model: asked, version: askedVersion = version } = request.params;
    if (asked !== model) throw new Problem('NotFound', `This pod serves the model "${model}" only.`);
    if (askedVersion !== version) throw new Problem('NotFound', `This pod serves version ${version} of "${model}" only.`);
    next();
  };
}
