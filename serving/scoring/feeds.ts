import type { ElementType } from '../bundle/element-types.ts';
import type { InputPlan } from './messages.ts';
import { arrayOf, type RawTensor, sizeOf, type TensorData } from './tensors.ts';

/** 1, in the elements of types that hold it otherwise than as that number. */
const ONE: Partial<Record<ElementType, number | bigint>> = { int64: 1n, uint64: 1n, float16: 0x3c00 };

/** An input of the graph for `size` requests. @param sent as many elements of each, as `batchOf` puts them together */
export function feedOf({ name, type, shape, encoding }: InputPlan, sent: TensorData, size: number): RawTensor {
  const each = sent.length / size;
  const dims = encoding === 'Unpadded' ? [size, each] : [size, ...shape];
  if (encoding !== 'MultiHot') return { name, type, shape: dims, data: sent };
  const data = arrayOf(type, sizeOf(dims));
  const one = ONE[type] ?? 1;
  const columns = shape[0] ?? 0;
  for (let place = 0; place < sent.length; place += 1) {
    const position = Number(sent[place]);
    if (position >= 0) data[Math.floor(place / each) * columns + position] = one;
  }
  return { name, type, shape: dims, data };
}
