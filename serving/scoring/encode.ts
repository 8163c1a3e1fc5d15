import type { Bundle } from '../bundle/bundle.ts';
import type { ElementType } from '../bundle/element-types.ts';
import { createInputs, type InputValue, invalid } from '../bundle/input-values.ts';
import { type ContextInput, type HistoryInput, isList, listOf } from '../bundle/inputs.ts';
import type { RecommendRequest } from '../bundle/request.ts';
import type { InputPlan, Plan } from './messages.ts';

/** The values of one input for one request, within the range of its type: `width` of them, or at most so many. */
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
export function createEncoder(bundle: Bundle, { inputs: plans }: Plan): (request: RecommendRequest) => Row | undefined {
  const { inputs } = bundle.manifest;
  const planOf = (named: string) => {
    const plan = plans[inputs.findIndex(({ name }) => name === named)];
    if (plan === undefined) throw new RangeError(`no plan for the input "${named}"`);
    return plan;
  };
  const cells = inputs.map((input): ((value: InputValue) => Cell | undefined) => {
    const plan = planOf(input.name);
    const list = 'of' in input ? listOf(input, inputs) : input;
    if (list === undefined || !(isList(list) || list.from === 'history')) return (value) => cellOf(value, plan, input.from);
    const read = listReader(list, planOf(list.name));
    if (input.from === 'length') return (value) => [read(value).length];
    if (input.from === 'mask') return (value) => filled(read(value).map(() => 1), plan, 0, list.paddingSide);
    const padding = list.padding ?? (plan.type === 'string' ? '' : -1);
    return (value) => filled(read(value), plan, padding, list.paddingSide);
  });
  const valuesOf = createInputs(bundle, (place) => plans[place]?.type === 'string');
  return (request) => {
    const row = valuesOf(request)?.map((value, place) => cells[place]?.(value));
    return row?.includes(undefined) === true ? undefined : (row as Row | undefined);
  };
}

/** @returns a function that takes the values of a list, without padding, and throws Problem InvalidRequest */
function listReader({ from }: HistoryInput | ContextInput, { type, width, encoding }: InputPlan): (value: InputValue) => Cell {
  if (from === 'history') return (value) => (value as Cell).slice(-width);
  const least = encoding === 'Unpadded' ? 1 : 0;
  return (value) => {
    if (!Array.isArray(value) || value.length < least || value.length > width) {
      throw invalid(from, `must be a list of ${least} to ${width} numbers`);
    }
    const numbers = value as readonly number[];
    for (const number of numbers) checkRange(number, type, from);
    return numbers;
  };
}

/** @returns undefined for an empty list that nothing fills up: no graph can be run on it */
function filled(values: Cell, { width, encoding }: InputPlan, padding: number | string, side: 'Front' | 'Back' = 'Front'): Cell | undefined {
  if (encoding === 'MultiHot') return values;
  if (encoding === 'Unpadded') return values.length === 0 ? undefined : values;
  const rest = Array.from({ length: width - values.length }, () => padding);
  return (side === 'Back' ? [...values, ...rest] : [...rest, ...values]) as Cell;
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
  const fault = rangeFault(number, type);
  if (fault !== undefined) throw invalid(field, fault);
}

/** Why a tensor of the type cannot hold a number; undefined when it can. */
export function rangeFault(number: number, type: ElementType): string | undefined {
  const range = RANGES[type];
  const round = type === 'float16' ? Math.f16round : type === 'float32' ? Math.fround : Number;
  if (!Number.isFinite(round(number))) return 'is too large for this model';
  if (range === undefined) return undefined;
  const [least, most] = range;
  return Number.isInteger(number) && number >= least && number <= most ? undefined : `must be an integer from ${least} to ${most}`;
}

/** Whether every whole number from 0 to `most` fits the type. */
export function holdsIndices(type: ElementType, most: number): boolean {
  const exact: Partial<Record<ElementType, number>> = { float16: 2 ** 11, float32: 2 ** 24, float64: Number.MAX_SAFE_INTEGER };
  return most <= (RANGES[type]?.[1] ?? exact[type] ?? -1);
}
