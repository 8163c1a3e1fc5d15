/**
 * Open Inference Protocol v2 over REST, https://github.com/kserve/open-inference-protocol, with the extension
 * `binary_tensor_data`.
 */
import type { Express, Request, RequestHandler } from 'express';
import { Problem } from '../common/problems.ts';
import { PATHS } from '../contract/http.ts';
import type { Guard } from '../http/guard.ts';
import { guarded, onlyKnows } from '../http/middleware.ts';
import { notReadyBecause, type ServingState } from '../http/serving-state.ts';
import { createInfer, type InferDeps } from './infer.ts';
import { modelMetadata, SERVER_METADATA } from './metadata.ts';

interface ProtocolDeps extends InferDeps {
  state: ServingState;
  guard: Guard;
}

const ROOT = PATHS.inference;
const MODEL = [`${ROOT}/models/:model`, `${ROOT}/models/:model/versions/:version`];

export function addInferenceProtocol(app: Express, deps: ProtocolDeps): void {
  const { config, state } = deps;
  const letIn = guarded(deps);
  const named = namesThisModel(config);
  const below = (path: string) => MODEL.map((model) => `${model}/${path}`);

  app.route(ROOT).get((_request, response) => void response.json(SERVER_METADATA)).all(onlyKnows('GET'));
  app.route(`${ROOT}/health/live`).get((_request, response) => void response.json({ live: true })).all(onlyKnows('GET'));
  app.route(`${ROOT}/health/ready`).get(whenReady(deps, { ready: true })).all(onlyKnows('GET'));
  app.route(below('ready')).get(named, whenReady(deps, { name: config.model, ready: true })).all(onlyKnows('GET'));
  app.route(below('infer')).post(letIn, named, createInfer(deps)).all(onlyKnows('POST'));
  app.route(MODEL).get(letIn, named, (_request, response) => {
    if (state.model === undefined) throw new Problem('NotReady', 'The model is not loaded yet.');
    response.json(modelMetadata(config.model, config.version, state.model.describe()));
  }).all(onlyKnows('GET'));
}

function whenReady({ state }: ProtocolDeps, answer: object): RequestHandler {
  return (_request, response) => {
    const reason = notReadyBecause(state);
    if (reason !== undefined) throw new Problem('NotReady', reason);
    response.json(answer);
  };
}

/** A pod serves one version of one model. */
function namesThisModel({ model, version }: ProtocolDeps['config']): RequestHandler {
  return (request: Request, _response, next) => {
    const { model: asked, version: askedVersion = version } = request.params;
    if (asked !== model) throw new Problem('NotFound', `This pod only serves the model "${model}".`);
    if (askedVersion !== version) throw new Problem('NotFound', `This pod only serves version ${version} of "${model}".`);
    next();
  };
}
