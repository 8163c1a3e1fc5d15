import type { Cell } from './encode.ts';
import type { Batch, InputPlan, Plan } from './messages.ts';
import { arrayOf, type TensorData } from './tensors.ts';
import type { ScoreJob } from './waiting.ts';

const NO_POSITION = -1;

/** Puts requests together: per input one array with as many elements of each request. */
export function batchOf(jobs: readonly Pick<ScoreJob, 'row' | 'selection'>[], { inputs, answer }: Plan): Batch {
  return {
    size: jobs.length,
    inputs: inputs.map((input, index) => columnOf(input, jobs, index)),
    selections: answer.kind === 'Scores' ? jobs.map(({ selection }) => selection) : [],
  };
}

function columnOf({ type, width, encoding }: InputPlan, jobs: readonly Pick<ScoreJob, 'row'>[], index: number): TensorData {
  const cells = jobs.map(({ row }) => row[index] ?? []);
  const each = encoding === 'Values' ? width : Math.max(...cells.map((cell) => cell.length));
  const data = encoding === 'MultiHot' ? new Int32Array(cells.length * each).fill(NO_POSITION) : arrayOf(type, cells.length * each);
  const elements = type === 'float16' && data instanceof Uint16Array ? new Float16Array(data.buffer) : data;
  cells.forEach((cell, place) => fill(elements, place * each, cell));
  return data;
}

function fill(data: TensorData | Float16Array, at: number, cell: Cell): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) cell.forEach((value, offset) => (data[at + offset] = BigInt(value)));
  else cell.forEach((value, offset) => (data[at + offset] = value));
}

/** The buffers of a batch, to be handed over; strings and what is quicker copied are copied. */
export function buffersOf({ inputs }: Batch): ArrayBuffer[] {
  return inputs.flatMap((data) => (Array.isArray(data) ? [] : worthHandingOver(data.buffer)));
}

/** Handing a small buffer over, with what both threads have to note of it, takes longer than copying it. */
const COPIED_BYTES = 16 * 1024;

export function worthHandingOver(...buffers: ArrayBuffer[]): ArrayBuffer[] {
  return buffers.filter((buffer) => buffer.byteLength > COPIED_BYTES);
}
