import type { Bundle } from '../bundle/bundle.ts';
import type { ElementType } from '../bundle/element-types.ts';
import { createInputs, type InputValue, invalid } from '../bundle/input-values.ts';
import type { RecommendRequest } from '../bundle/request.ts';
import type { InputPlan, Plan } from './messages.ts';

/** The values of one input for one request: `width` of them, within the range of the input's type. */
export type Cell = readonly number[] | readonly string[];
/** By input of the plan. */
export type Row = readonly Cell[];

/** Largest and smallest value of the types that hold whole numbers; 64-bit ones as far as JSON can say them. */
const RANGES: Partial<Record<ElementType, readonly [number, number]>> = {
  int8: [-(2 ** 7), 2 ** 7 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint8: [0, 2 ** 8 - 1],
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

/**
 * @returns a function that turns a request into a row of input values; undefined when popular items are to answer; it
 *   throws Problem InvalidRequest when a field is missing or does not fit the graph
 */
export function createEncoder(bundle: Bundle, { inputs }: Plan): (request: RecommendRequest) => Row | undefined {
  const valuesOf = createInputs(bundle);
  const cells = bundle.manifest.inputs.map((input, index) => {
    const plan = inputs[index];
    if (plan === undefined) throw new RangeError(`no plan for the input "${input.name}"`);
    const padding = input.from === 'history' && plan.encoding === 'Values' ? input.padding : -1;
    return input.from === 'history'
      ? (value: InputValue) => padded(value, plan.width, padding)
      : (value: InputValue) => cellOf(value, plan, input.from);
  });
  return (request) => valuesOf(request)?.map((value, index) => cells[index]?.(value) ?? []);
}

/** In front, so that the last place always holds the most recent. */
function padded(indices: InputValue, width: number, padding: number): number[] {
  const known = Array.isArray(indices) ? (indices as readonly number[]) : [];
  return [...Array.from({ length: width - known.length }, () => padding), ...known];
}

function cellOf(value: InputValue, plan: InputPlan, field: string): Cell {
  if (plan.type === 'string') {
    if (typeof value !== 'string') throw invalid(field, 'must be a string');
    return [value];
  }
  if (typeof value === 'string') throw invalid(field, `must be ${plan.type === 'bool' ? 'true or false' : 'a number'}`);
  const numbers = Array.isArray(value) ? (value as readonly number[]) : [Number(value)];
  if (plan.type === 'bool' && typeof value !== 'boolean') throw invalid(field, 'must be true or false');
  if (numbers.length !== plan.width) {
    throw invalid(field, plan.width === 1 ? 'must be a single number' : `must be a list of ${plan.width} numbers`);
  }
  for (const number of numbers) checkRange(number, plan.type, field);
  return numbers;
}

function checkRange(number: number, type: ElementType, field: string): void {
  const range = RANGES[type];
  if (type === 'float32' && !Number.isFinite(Math.fround(number))) throw invalid(field, 'is too large for this model');
  if (range === undefined) return;
  const [least, most] = range;
  if (!Number.isInteger(number) || number < least || number > most) {
    throw invalid(field, `must be an integer from ${least} to ${most}`);
  }
}

/** Whether every whole number from 0 to `most` fits the type. */
export function holdsIndices(type: ElementType, most: number): boolean {
  const exact: Partial<Record<ElementType, number>> = { float32: 2 ** 24, float64: Number.MAX_SAFE_INTEGER };
  return most <= (RANGES[type]?.[1] ?? exact[type] ?? -1);
}
