import onnxProto from 'onnx-proto';
import { tinyModel } from '../../../serving/testing/tiny-model.ts';

const { onnx } = onnxProto;

/** The tiny model with its user factors in a file beside it, as PyTorch and MLflow write large tensors. */
export function withExternalWeights(location = 'model.onnx.data'): { model: Uint8Array; weights: Buffer } {
  const model = onnx.ModelProto.decode(tinyModel());
  const [tensor] = model.graph?.initializer ?? [];
  const bytes = Buffer.from(Float32Array.from(tensor?.floatData ?? []).buffer);
  const place = { location, offset: '4', length: String(bytes.length) };
  const externalData = Object.entries(place).map(([key, value]) => ({ key, value }));
  Object.assign(tensor ?? {}, { floatData: [], dataLocation: 1, externalData });
  return { model: onnx.ModelProto.encode(model).finish(), weights: Buffer.concat([Buffer.alloc(4), bytes]) };
}
