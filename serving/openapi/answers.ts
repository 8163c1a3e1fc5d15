/** Schemas of what is answered: for the OpenAPI document, and for the tests that compare real answers with it. */
import { z } from 'zod';
import { type ProblemCode, PROBLEMS } from '../common/problems.ts';
import { DATATYPE_NAMES } from '../protocol/datatypes.ts';

const CODES = Object.keys(PROBLEMS) as ProblemCode[];

const head = {
  recommendation_id: z.string().describe('Send it unchanged to POST /feedback.'),
  model: z.string(),
  version: z.string().describe('The version that answered.'),
};
const fallback = z.boolean().describe('True = popular items or prior probabilities, because the model knows nothing of the user, history or text, or failed.');

const ItemsAnswer = z.strictObject({
  ...head,
  items: z.array(z.looseObject({ id: z.string(), score: z.number() })).describe('Best first, each with the metadata of the bundle.'),
  fallback,
});

const ClassesAnswer = z.strictObject({
  ...head,
  classes: z.array(z.strictObject({ label: z.string(), probability: z.number() })).describe('Most probable first.'),
  fallback,
});

/** Answer to `POST /recommend`: items or classes, as the model's task says. */
export const RecommendAnswer = z.union([ItemsAnswer, ClassesAnswer]);

export const StatusAnswer = z.strictObject({ status: z.enum(['ok', 'ready', 'accepted']) });

/** RFC 9457. */
export const ProblemDocument = z.strictObject({
  type: z.url(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().describe('A sentence about this occurrence.'),
  code: z.enum(CODES).describe('Machine-readable code.'),
  requestId: z.string().optional(),
  retryAfter: z.number().optional().describe('Seconds; same as the header retry-after.'),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  error: z.string().optional().describe('Same as detail; only under /v2, where clients of the protocol expect it.'),
});

const shape = z.array(z.int());
const TensorMetadata = z.strictObject({ name: z.string(), datatype: z.enum(DATATYPE_NAMES), shape: shape.describe('−1 = free.') });

export const ServerMetadata = z.strictObject({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });

export const ModelMetadata = z.strictObject({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.literal('onnx_onnxv1'),
  inputs: z.array(TensorMetadata),
  outputs: z.array(TensorMetadata),
});

export const Live = z.strictObject({ live: z.literal(true) });
export const Ready = z.strictObject({ ready: z.literal(true) });
export const ModelReady = z.strictObject({ name: z.string(), ready: z.literal(true) });

export const InferAnswer = z.strictObject({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional().describe('As in the request.'),
  outputs: z.array(
    z.strictObject({
      name: z.string(),
      datatype: z.enum(DATATYPE_NAMES),
      shape,
      parameters: z.strictObject({ binary_data_size: z.int().min(0) }).optional().describe('The elements follow the JSON part.'),
      data: z.array(z.union([z.number(), z.string(), z.boolean(), z.null()])).optional().describe(
        'Flat, row-major; NaN and infinities are returned as null.',
      ),
    }),
  ),
});
