import { z } from 'zod';
import { DATATYPE_NAMES } from './datatypes.ts';
import { MAX_ID, MAX_RANK, MAX_TENSORS } from './limits.ts';

const TensorName = z.string().min(1).max(200);

const ParameterValue = z.union([z.string().max(1000), z.number(), z.boolean()]);

const InferInput = z.object({
  name: TensorName,
  datatype: z.enum(DATATYPE_NAMES, { error: `must be one of ${DATATYPE_NAMES.join(', ')}` }),
  shape: z.array(z.int().min(1).max(2 ** 31 - 1)).max(MAX_RANK),
  parameters: z.object({ binary_data_size: z.int().min(0).optional() }).catchall(ParameterValue).optional(),
  data: z.array(z.unknown()).optional().describe(
    'The elements, row-major, flat or nested like the shape. Absent if they follow the JSON part.',
  ),
});
export type InferInput = z.output<typeof InferInput>;

const InferOutput = z.object({
  name: TensorName,
  parameters: z.object({ binary_data: z.boolean().optional() }).catchall(ParameterValue).optional(),
});

/** JSON part of `POST /v2/models/NAME/infer`. Unknown fields and parameters are ignored, as the protocol wants. */
export const InferRequest = z.object({
  id: z.string().max(MAX_ID).optional().describe('Returned in the answer.'),
  parameters: z.object({ binary_data_output: z.boolean().optional() }).catchall(ParameterValue).optional(),
  inputs: z.array(InferInput).min(1).max(MAX_TENSORS),
  outputs: z.array(InferOutput).max(MAX_TENSORS).optional().describe('Outputs to return; all of them if absent or empty.'),
});
export type InferRequest = z.output<typeof InferRequest>;
