import { open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { onnx as Onnx } from 'onnx-proto';
import { isPlainPath } from '../../../serving/bundle/paths.ts';
import { CliFailure } from '../terminal/failure.ts';

/** A protobuf message cannot be longer; the graph around the tensors needs some of it. */
const MAX_BYTES = 2 ** 31 - 2 ** 20;

/**
 * Moves tensors that an ONNX model keeps in separate files into the model: MLflow writes large tensors that way, and
 * bundles require a single file.
 * @returns the bytes of a model without external data
 * @throws CliFailure for data outside the model's folder, or too much of it
 */
export async function inlineWeights(graphFile: string): Promise<Uint8Array> {
  const { onnx } = (await import('onnx-proto')).default;
  const model = onnx.ModelProto.decode(await readFile(graphFile));
  const tensors = [...tensorsOf(model.graph), ...(model.functions ?? []).flatMap(({ node }) => (node ?? []).flatMap(tensorsOfNode))];
  let total = 0;
  for (const tensor of tensors) {
    if (tensor.dataLocation !== onnx.TensorProto.DataLocation.EXTERNAL) continue;
    const bytes = await readExternal(tensor, dirname(graphFile));
    total += bytes.length;
    if (total > MAX_BYTES) throw new CliFailure('The model has more than 2 GiB of weights, which do not fit into a single ONNX file.');
    Object.assign(tensor, { rawData: bytes, externalData: [], dataLocation: onnx.TensorProto.DataLocation.DEFAULT });
  }
  return onnx.ModelProto.encode(model).finish();
}

function tensorsOf(graph: Onnx.IGraphProto | null | undefined): Onnx.ITensorProto[] {
  return [...(graph?.initializer ?? []), ...(graph?.node ?? []).flatMap(tensorsOfNode)];
}

function tensorsOfNode({ attribute }: Onnx.INodeProto): Onnx.ITensorProto[] {
  return (attribute ?? []).flatMap(({ t, tensors, g, graphs }) => [
    ...(t ? [t] : []),
    ...(tensors ?? []),
    ...[...(g ? [g] : []), ...(graphs ?? [])].flatMap(tensorsOf),
  ]);
}

async function readExternal({ name, externalData }: Onnx.ITensorProto, dir: string): Promise<Buffer> {
  const fields = new Map((externalData ?? []).map(({ key, value }) => [key, value ?? '']));
  const location = fields.get('location') ?? '';
  if (!isPlainPath(location)) throw new CliFailure(`The data of tensor "${name}" is outside the model's folder.`);
  const file = join(dir, location);
  const size = await stat(file).then((found) => found.size, () => 0);
  const offset = Number(fields.get('offset') ?? 0);
  const length = Number(fields.get('length') ?? size - offset);
  const handle = await open(file).catch(() => {
    throw new CliFailure(`The data of tensor "${name}" is in ${location}, which does not exist.`);
  });
  try {
    const bytes = Buffer.alloc(Math.min(length, Math.max(0, size - offset)));
    await handle.read(bytes, 0, bytes.length, offset);
    return bytes;
  } finally {
    await handle.close();
  }
}
