import type { InputPlan } from './messages.ts';
import { arrayOf, type RawTensor, sizeOf, type TensorData } from './tensors.ts';

/** An input of the graph for `size` requests. @param sent [size × width] elements, as `batchOf` puts them together */
export function feedOf({ name, type, shape, encoding, width }: InputPlan, sent: TensorData, size: number): RawTensor {
  const dims = [size, ...shape];
  if (encoding === 'Values') return { name, type, shape: dims, data: sent };
  const data = arrayOf(type, sizeOf(dims));
  const one = type === 'int64' || type === 'uint64' ? 1n : 1;
  const columns = shape[0] ?? 0;
  for (let place = 0; place < sent.length; place += 1) {
    const position = Number(sent[place]);
    if (position >= 0) data[Math.floor(place / width) * columns + position] = one;
  }
  return { name, type, shape: dims, data };
}
