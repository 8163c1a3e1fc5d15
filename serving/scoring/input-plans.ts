import { type ElementType, ONNX_TYPES } from '../bundle/element-types.ts';
import { type InputSource, vocabularyOf } from '../bundle/input-values.ts';
import { type HistoryInput, type Input, isList, type ListedInput, type ListInput, listOf, MAX_LENGTH, type WhenUnknown } from '../bundle/inputs.ts';
import { type DeclaredTensor, fits, otherShape, shapeText, tensorOf } from './declared-tensors.ts';
import { holdsIndices, rangeFault } from './encode.ts';
import { UnusableGraph } from './failures.ts';
import type { InputPlan } from './messages.ts';
import type { GraphInfo } from './tensors.ts';

/**
 * Compares an input of a loaded graph with what the manifest says of it.
 * @returns how requests become that input
 * @throws UnusableGraph
 */
export function inputPlan(input: Input, graph: GraphInfo, source: InputSource): InputPlan {
  const tensor = tensorOf(graph.inputs, input.name, 'input');
  checkShape(tensor);
  if (input.type !== undefined && ONNX_TYPES[input.type] !== tensor.type) {
    throw new UnusableGraph(`The graph's input "${tensor.name}" has type ${tensor.type}, but the manifest declares ${input.type}.`);
  }
  checkType(input, tensor, source);
  if ('of' in input) return ofListPlan(input, tensor, graph, source);
  if (isList(input)) return listPlan(input, tensor);
  if (input.from === 'history') return multiHotPlan(input, tensor, vocabularyOf(input, source)?.size ?? 0);
  return valuePlan(tensor, input.from.startsWith('context.'));
}

/** @param isContext may be a list as long as the graph says */
function valuePlan(tensor: DeclaredTensor, isContext: boolean): InputPlan {
  const { name, type, shape } = tensor;
  // A free second dimension holds one value: nothing says how many it should be.
  const width = typeof shape[1] === 'number' ? shape[1] : 1;
  if (width !== 1 && !isContext) throw otherShape(tensor, 'batch] or [batch × 1');
  return { name, type, shape: shape.length === 2 ? [width] : [], encoding: 'Values', width };
}

function multiHotPlan({ length = MAX_LENGTH }: HistoryInput, tensor: DeclaredTensor, columns: number): InputPlan {
  const { name, type, shape } = tensor;
  if (shape.length !== 2 || !fits(shape[1], columns)) throw otherShape(tensor, `batch × ${columns}`);
  return { name, type, shape: [columns], encoding: 'MultiHot', width: length };
}

function listPlan({ from, length, padding }: ListedInput, tensor: DeclaredTensor): InputPlan {
  const { name, type, shape } = tensor;
  const [, columns] = shape;
  if (columns === undefined) throw otherShape(tensor, `batch × ${length ?? 'length'}`);
  if (isFree(columns) && padding === undefined) return { name, type, shape: [], encoding: 'Unpadded', width: length ?? MAX_LENGTH };
  const width = length ?? columns;
  if (typeof width === 'string') throw new UnusableGraph(`The graph's input "${name}" has any number of columns; set "length" to how many it shall get.`);
  if (!fits(columns, width)) throw otherShape(tensor, `batch × ${width}`);
  if (from !== 'history') checkPadding(padding, tensor);
  return { name, type, shape: [width], encoding: 'Values', width };
}

function checkPadding(padding: unknown, { name, type }: DeclaredTensor): void {
  const fault = typeof padding === 'number' ? rangeFault(padding, type) : 'is required, since the graph has a fixed number of columns';
  if (fault !== undefined) throw new UnusableGraph(`The "padding" of the input "${name}" ${fault}.`);
}

/** Of a mask: as the list itself. */
function ofListPlan(input: ListInput, tensor: DeclaredTensor, graph: GraphInfo, source: InputSource): InputPlan {
  const list = listOf(input, source.manifest.inputs);
  if (list === undefined) throw new RangeError(`"${input.of}" is no list`);
  const plan = listPlan(list, tensorOf(graph.inputs, list.name, 'input'));
  const { name, type, shape } = tensor;
  if (input.from === 'length') {
    if (!holdsIndices(type, plan.width)) throw wrongType(input, tensor, `a numeric type that holds the lengths 0 to ${plan.width}`);
    return valuePlan(tensor, false);
  }
  const isFitting = plan.encoding === 'Unpadded' ? isFree(shape[1]) : shape.length === 2 && fits(shape[1], plan.width);
  if (!isFitting) throw otherShape(tensor, `batch × ${plan.encoding === 'Unpadded' ? 'any length' : plan.width}`);
  return { ...plan, name, type };
}

function isFree(length: number | string | undefined): boolean {
  return typeof length === 'string';
}

function checkShape({ name, shape }: DeclaredTensor): void {
  if (shape.length !== 1 && shape.length !== 2) {
    const found = shape.length === 0 ? 'has no dimensions' : `is [${shapeText(shape)}]`;
    throw new UnusableGraph(`The graph's input "${name}" ${found}; a row for each request is needed: [batch] or [batch × 1].`);
  }
  const [batch, width] = shape;
  if (typeof batch === 'number' && batch !== 1) {
    throw new UnusableGraph(
      `The graph's input "${name}" accepts exactly ${batch} requests at once; leave the first dimension free or set it to 1.`,
    );
  }
  if (width === 0) throw new UnusableGraph(`The graph's input "${name}" is empty.`);
}

function checkType(input: Input, tensor: DeclaredTensor, source: InputSource): void {
  const needed = typeNeeded(input, tensor, vocabularyOf(input, source));
  if (needed !== undefined) throw wrongType(input, tensor, needed);
}

function wrongType({ from }: Input, { name, type }: DeclaredTensor, needed: string): UnusableGraph {
  return new UnusableGraph(`The graph's input "${name}" has type ${type}, but ${from} requires ${needed}.`);
}

/** What the type of an input should be instead; undefined when it will do. */
function typeNeeded(input: Input, tensor: DeclaredTensor, vocabulary: ReadonlyMap<string, number> | undefined): string | undefined {
  const isString = tensor.type === 'string';
  if ('of' in input || (input.from === 'history' && input.encoding === 'MultiHot')) return isString ? 'a numeric or bool tensor' : undefined;
  if (input.from === 'history') return historyTypeNeeded(input, tensor, vocabulary?.size ?? 0);
  if (vocabulary !== undefined) return indexTypeNeeded(input.whenUnknown, tensor.type, vocabulary.size);
  if (input.from.startsWith('context.')) return contextTypeNeeded(isList(input), tensor);
  return isString ? undefined : `a string tensor${input.from === 'user_id' ? ' or a vocabulary' : ''}`;
}

function contextTypeNeeded(isList: boolean, { type, shape }: DeclaredTensor): string | undefined {
  if (isList) return type === 'string' || type === 'bool' ? 'a numeric tensor' : undefined;
  return type === 'string' && typeof shape[1] === 'number' && shape[1] > 1 ? 'one string per request' : undefined;
}

function historyTypeNeeded({ padding }: HistoryInput, { type, shape }: DeclaredTensor, size: number): string | undefined {
  if (type === 'string') return typeof padding === 'number' ? `a numeric type for its padding ${padding}, or a string as padding` : undefined;
  if (typeof padding === 'string') return `a string tensor for its padding "${padding}"`;
  const other = padding ?? (isFree(shape[1]) ? 0 : -1);
  if (other < 0 && type.startsWith('uint')) return 'a signed type, since its padding is -1';
  return indicesNeeded(type, Math.max(size - 1, other));
}

function indexTypeNeeded(whenUnknown: WhenUnknown | undefined, type: ElementType, size: number): string | undefined {
  if (typeof whenUnknown !== 'object') return type === 'string' ? undefined : indicesNeeded(type, size - 1);
  if (type === 'string') return `a numeric type for "whenUnknown: {index: ${whenUnknown.index}}"`;
  return indicesNeeded(type, Math.max(size - 1, whenUnknown.index));
}

function indicesNeeded(type: ElementType, most: number): string | undefined {
  return holdsIndices(type, most) ? undefined : `a numeric type that holds the indices 0 to ${most}`;
}
