import onnxProto from 'onnx-proto';
import type { onnx as Onnx } from 'onnx-proto';
import { ITEMS, USERS } from './tiny-model.ts';
import { node, tensor } from './tiny-onnx.ts';

const { onnx } = onnxProto;
const { FLOAT, INT64, BOOL } = onnx.TensorProto.DataType;

/** Like the tiny model of one user at a time; but for users other than the first a loop of 10¹² rounds comes before the answer. */
export function stuckModel(): Uint8Array {
  const scores = Array.from({ length: USERS * ITEMS }, (_, at) => (Math.floor(at / ITEMS) % ITEMS === at % ITEMS ? 1 : 0));
  const loop: Onnx.INodeProto = {
    ...node('Loop', ['rounds', 'yes', 'zero'], ['sum']),
    attribute: [{ name: 'body', type: onnx.AttributeProto.AttributeType.GRAPH, g: round() }],
  };
  const nodes = [
    node('Mul', ['user', 'many'], ['product']),
    node('Reshape', ['product', 'scalar'], ['rounds']),
    loop,
    node('Gather', ['factors', 'user'], ['row']),
    node('Add', ['row', 'sum'], ['all']),
    node('TopK', ['all', 'k'], ['scores', 'items']),
  ];
  const initializer = [
    tensor('factors', 'float', [USERS, ITEMS], scores),
    tensor('many', 'int64', [1], [1e12]),
    tensor('k', 'int64', [1], [ITEMS]),
    tensor('yes', 'bool', [], [1]),
    tensor('zero', 'float', [1], [0]),
    tensor('scalar', 'int64', [0], []),
  ];
  const [input, output] = [[value('user', INT64, [1])], [value('items', INT64, [1, ITEMS]), value('scores', FLOAT, [1, ITEMS])]];
  const graph = { name: 'stuck', node: nodes, initializer, input, output };
  return onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: '', version: 17 }], graph }).finish();
}

function round(): Onnx.IGraphProto {
  return {
    name: 'round',
    input: [value('at', INT64, []), value('goOn', BOOL, []), value('before', FLOAT, [1])],
    output: [value('still', BOOL, []), value('after', FLOAT, [1])],
    node: [node('Identity', ['goOn'], ['still']), node('Add', ['before', 'zero'], ['after'])],
  };
}

function value(name: string, elemType: number, dims: number[]): Onnx.IValueInfoProto {
  return { name, type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } } };
}
