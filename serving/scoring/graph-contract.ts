import type { InferenceSession } from 'onnxruntime-node';

import type { WorkerSetup } from './messages.ts';

type Graph = Pick<InferenceSession, 'inputMetadata' | 'outputMetadata'>;

/**
 * Compares a loaded graph with what the bundle says of it: one input, int64 [batch] or [batch × 1]; outputs int64 and
 * float32, [batch × K].
 * @returns one sentence on the first difference, undefined when there is none
 */
export function contractFault(graph: Graph, setup: WorkerSetup): string | undefined {
  const { inputMetadata: inputs, outputMetadata: outputs } = graph;
  if (inputs.length !== 1 || inputs[0]?.name !== setup.inputName) {
    return `The graph asks for the inputs ${namesOf(inputs)}, but the manifest declares "${setup.inputName}".`;
  }
  return (
    tensorFault(inputs[0], 'int64', [1, 2], 'input') ??
    tensorFault(outputs.find((output) => output.name === setup.itemsName), 'int64', [2], 'output', setup.itemsName) ??
    tensorFault(outputs.find((output) => output.name === setup.scoresName), 'float32', [2], 'output', setup.scoresName)
  );
}

/** Whether the graph takes any number of users at once; otherwise it takes one. */
export function hasDynamicBatch(graph: Graph, setup: WorkerSetup): boolean {
  return typeof inputShape(graph, setup)[0] === 'string';
}

/** The input's declared shape: numbers are fixed, names are free. */
export function inputShape(graph: Graph, setup: WorkerSetup): readonly (number | string)[] {
  const input = graph.inputMetadata.find((candidate) => candidate.name === setup.inputName);
  return input?.isTensor === true ? input.shape : [];
}

function tensorFault(
  tensor: InferenceSession.ValueMetadata | undefined,
  type: string,
  ranks: readonly number[],
  role: 'input' | 'output',
  name = tensor?.name,
): string | undefined {
  if (tensor === undefined) return `The graph has no ${role} "${name}".`;
  if (!tensor.isTensor || tensor.type !== type) return `The graph's ${role} "${name}" is not an ${type} tensor.`;
  // Free or unknown dimensions of an output are known only when it runs.
  if (role === 'output' && tensor.shape.length === 0) return undefined;
  if (!ranks.includes(tensor.shape.length)) return `The graph's ${role} "${name}" has ${tensor.shape.length} dimensions.`;
  const [batch] = tensor.shape;
  if (role === 'input' && typeof batch === 'number' && batch !== 1) {
    return `The graph's input "${name}" takes ${batch} users at once; leave the first dimension free or make it 1.`;
  }
  return undefined;
}

function namesOf(values: readonly InferenceSession.ValueMetadata[]): string {
  return values.map((value) => `"${value.name}"`).join(', ');
}
