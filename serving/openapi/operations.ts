import type { z } from 'zod';
import { RecommendRequest } from '../bundle/request.ts';
import type { ProblemCode } from '../common/problems.ts';
import { PATHS } from '../contract/http.ts';
import { FeedbackRequest } from '../feedback/request.ts';
import { MAX_BODY } from '../http/body.ts';
import { MAX_BINARY_ANSWER, MAX_INFER_BODY, MAX_INFER_JSON, MAX_JSON_ELEMENTS, MAX_ROWS, MAX_STRINGS } from '../protocol/limits.ts';
import { InferRequest } from '../protocol/request.ts';
import {
  InferAnswer, Live, ModelMetadata, ModelReady, ProblemDocument, Ready, RecommendAnswer, ServerMetadata, StatusAnswer,
} from './answers.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Schemas the document names, all of them the very ones that requests are checked with and answers tested against. */
export const SCHEMAS = {
  RecommendRequest, RecommendAnswer, FeedbackRequest, StatusAnswer, ProblemDocument,
  ServerMetadata, ModelMetadata, Live, Ready, ModelReady, InferRequest, InferAnswer,
} as const satisfies Record<string, z.ZodType>;
export type SchemaName = keyof typeof SCHEMAS;

/** Type of a body besides JSON: its JSON part, and binary tensors behind it. */
export const WITH_TENSORS = 'application/octet-stream';

export interface Operation {
  method: 'get' | 'post';
  path: string;
  id: string;
  tag: 'recommend' | 'operations' | 'inference';
  summary: string;
  description?: string;
  /** Asks for credentials and counts against the caller's limit, where these are configured. */
  guarded: boolean;
  request?: { schema: SchemaName; maxBytes: number; binary?: boolean; example?: object };
  answer: { status: number; description: string; schema?: SchemaName; type?: string; binary?: boolean };
  problems: readonly ProblemCode[];
}

const BODY_PROBLEMS = ['InvalidJson', 'InvalidRequest', 'BodyTooLarge', 'UnsupportedMediaType', 'RequestTimeout'] as const;
const NAMED = ['InvalidRequest', 'NotFound'] as const;

const INFER_LIMITS = [
  `Limits: body ${MAX_INFER_BODY / MIB} MiB, JSON part ${MAX_INFER_JSON / 1024} KiB;`,
  `${MAX_ROWS} rows on a free first axis, ${MAX_STRINGS} elements in a BYTES tensor;`,
  `${MAX_JSON_ELEMENTS} elements in an answer as JSON, ${MAX_BINARY_ANSWER / MIB} MiB as binary data.`,
].join(' ');
const BINARY =
  'Binary tensors follow the JSON part, whose length is in the header inference-header-content-length (extension binary_tensor_data).';

function modelOperations(base: string, suffix: string): Operation[] {
  return [
    {
      method: 'get', path: base, id: `modelMetadata${suffix}`, tag: 'inference', summary: 'Inputs and outputs of the graph', guarded: true,
      answer: { status: 200, description: 'Inputs and outputs of the graph.', schema: 'ModelMetadata' }, problems: [...NAMED, 'NotReady'],
    },
    {
      method: 'get', path: `${base}/ready`, id: `modelReady${suffix}`, tag: 'inference',
      summary: 'Whether the model is ready', guarded: false,
      answer: { status: 200, description: 'Ready.', schema: 'ModelReady' }, problems: [...NAMED, 'NotReady'],
    },
    {
      method: 'post', path: `${base}/infer`, id: `modelInfer${suffix}`, tag: 'inference', summary: 'Run the graph on tensors',
      description: `Answered by this version: never forwarded, cached or ranked. ${INFER_LIMITS} ${BINARY}`, guarded: true,
      request: { schema: 'InferRequest', maxBytes: MAX_INFER_BODY, binary: true },
      answer: { status: 200, description: 'The outputs.', schema: 'InferAnswer', binary: true },
      problems: [...BODY_PROBLEMS, ...NAMED, 'TensorsRefused', 'NotReady', 'Overloaded', 'InferenceFailed', 'InferenceTimedOut'],
    },
  ];
}

const probe = (path: string, id: string, summary: string, schema: SchemaName, problems: Operation['problems'] = []): Operation => ({
  method: 'get', path, id, tag: path.startsWith(PATHS.inference) ? 'inference' : 'operations', summary, guarded: false,
  answer: { status: 200, description: 'Yes.', schema }, problems,
});

export const OPERATIONS: readonly Operation[] = [
  {
    method: 'post', path: PATHS.recommend, id: 'recommend', tag: 'recommend', summary: 'Recommend items, or classify a text', guarded: true,
    description: 'A model that fails, is too slow or is overloaded returns the fallback of its bundle, with fallback: true.',
    request: { schema: 'RecommendRequest', maxBytes: MAX_BODY, example: { user_id: '42', k: 5, exclude: ['b17'] } },
    answer: { status: 200, description: 'The recommendation.', schema: 'RecommendAnswer' },
    problems: [...BODY_PROBLEMS, 'NotReady', 'Overloaded', 'InferenceFailed', 'InferenceTimedOut'],
  },
  {
    method: 'post', path: PATHS.feedback, id: 'feedback', tag: 'recommend',
    summary: 'Report what a user did with a recommendation', guarded: true,
    request: { schema: 'FeedbackRequest', maxBytes: MAX_BODY },
    answer: { status: 202, description: 'Counted for the version that made the recommendation.', schema: 'StatusAnswer' },
    problems: [...BODY_PROBLEMS, 'InvalidRecommendationId'],
  },
  probe(PATHS.health, 'health', 'Whether the process is alive', 'StatusAnswer'),
  probe(PATHS.healthz, 'healthz', 'Same as /health', 'StatusAnswer'),
  probe(PATHS.ready, 'ready', 'Whether the model is loaded and answers its golden requests', 'StatusAnswer', ['NotReady']),
  {
    method: 'get', path: PATHS.metrics, id: 'metrics', tag: 'operations', summary: 'Metrics for Prometheus', guarded: false,
    answer: { status: 200, description: 'Metrics in the Prometheus text format.', type: 'text/plain' }, problems: [],
  },
  {
    method: 'get', path: PATHS.openapi, id: 'openapi', tag: 'operations', summary: 'This document', guarded: false,
    answer: { status: 200, description: 'OpenAPI 3.1.', type: 'application/json' }, problems: [],
  },
  probe(PATHS.inference, 'serverMetadata', 'Name, version and extensions of the server', 'ServerMetadata'),
  probe(`${PATHS.inference}/health/live`, 'serverLive', 'Whether the server is alive', 'Live'),
  probe(`${PATHS.inference}/health/ready`, 'serverReady', 'Whether the server is ready', 'Ready', ['NotReady']),
  ...modelOperations(`${PATHS.inference}/models/{model}`, ''),
  ...modelOperations(`${PATHS.inference}/models/{model}/versions/{version}`, 'Version'),
];
