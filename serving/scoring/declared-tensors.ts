import type { ElementType } from '../bundle/element-types.ts';
import { WITHOUT_ZIPMAP } from '../bundle/graph/zipmap.ts';
import { UnusableGraph } from './failures.ts';
import type { TensorInfo } from './tensors.ts';

/** An input or output that is a tensor, as the graph declares it. */
export type DeclaredTensor = TensorInfo & { type: ElementType };

/** @throws UnusableGraph when the graph has no such tensor */
export function tensorOf(values: readonly TensorInfo[], name: string, role: 'input' | 'output'): DeclaredTensor {
  const found = values.find((value) => value.name === name);
  if (found === undefined) {
    throw new UnusableGraph(`The graph has no ${role} "${name}", only ${quoted(values.map((value) => value.name))}.`);
  }
  const { type, shape } = found;
  if (type !== 'sequence-or-map') return { name, type, shape };
  throw new UnusableGraph(
    `The graph's ${role} "${name}" is a sequence or a map, not a tensor: ${WITHOUT_ZIPMAP}.`,
  );
}

/** Whether a dimension is free or as long as wanted. */
export function fits(length: number | string | undefined, wanted: number): boolean {
  return typeof length === 'string' || length === wanted;
}

export function otherShape({ name, shape }: DeclaredTensor, wanted: string, advice = ''): UnusableGraph {
  return new UnusableGraph(`The graph's tensor "${name}" has the shape [${shapeText(shape)}], but the bundle requires [${wanted}].${advice}`);
}

export function shapeText(shape: TensorInfo['shape']): string {
  return shape.map((length) => (length === '' ? '?' : length)).join(' × ');
}

export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
