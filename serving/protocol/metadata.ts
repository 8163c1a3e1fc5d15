import { readFileSync } from 'node:fs';
import type { GraphInfo, TensorInfo } from '../scoring/tensors.ts';
import { datatypeOf, isCarried, protocolShape } from './datatypes.ts';

const PACKAGE = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

/** Answer to `GET /v2`. */
export const SERVER_METADATA = {
  name: 'recommender-serving',
  version: PACKAGE.version,
  extensions: ['binary_tensor_data'],
};

/** Answer to `GET /v2/models/NAME`. Outputs that are no tensors have no place in the protocol and are left out. */
export function modelMetadata(name: string, version: string, { inputs, outputs }: GraphInfo) {
  return { name, versions: [version], platform: 'onnx_onnxv1', inputs: describe(inputs), outputs: describe(outputs) };
}

function describe(tensors: readonly TensorInfo[]) {
  return tensors
    .filter(isCarried)
    .map(({ name, type, shape }) => ({ name, datatype: datatypeOf(type), shape: protocolShape(shape) }));
}
