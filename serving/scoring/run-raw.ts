import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { RawTensor } from './tensors.ts';

/**
 * Runs a graph on named tensors as they are.
 * @param outputs names of the tensors wanted, in the order they are returned
 */
export async function runRaw(session: InferenceSession, feeds: readonly RawTensor[], outputs: readonly string[]): Promise<RawTensor[]> {
  const tensors = Object.fromEntries(feeds.map(({ name, type, shape, data }) => [name, new Tensor(type, data, shape)]));
  const results = await session.run(tensors, [...outputs]);
  return outputs.map((name) => {
    const tensor = results[name];
    if (!(tensor instanceof Tensor)) throw new Error(`the output "${name}" is not a tensor`);
    // Copied: the memory may belong to the session, and is sent away.
    return { name, type: tensor.type as RawTensor['type'], shape: tensor.dims, data: tensor.data.slice() };
  });
}
