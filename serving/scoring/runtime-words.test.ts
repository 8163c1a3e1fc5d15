import { describe, expect, it } from '@jest/globals';
import { runtimeWords } from './runtime-words.ts';

const SOURCE = '/onnxruntime_src/onnxruntime/core/providers/cpu/tensor';
const running = (operator: string, status: string, name = '') =>
  `Non-zero status code returned while running ${operator} node. Name:'${name}' Status Message: ${status}`;

describe('the words of onnxruntime', () => {
  it.each<[string, string, string]>([
    [
      'an index of no row',
      running('Gather', 'indices element out of data bounds, idx=10 must be within the inclusive range [-8,7]'),
      'its Gather node failed: it looked up index 10 in a table with the rows 0 to 7',
    ],
    [
      'a node with a name',
      running('Gather', 'indices element out of data bounds, idx=-9 must be within the inclusive range [-8,7]', 'node_embedding'),
      'the node "node_embedding" (Gather) failed: it looked up index -9 in a table with the rows 0 to 7',
    ],
    [
      'another operator that looks up',
      running('ArrayFeatureExtractor', 'Invalid Y argument: index is out of range: Y[0] (10) must be in [0, 2)'),
      'its ArrayFeatureExtractor node failed: it looked up index 10 in a table with the rows 0 to 1',
    ],
    ['a third', running('GatherND', 'invalid index found, index = 10'), 'its GatherND node failed: it looked up index 10, which its table does not have'],
    [
      'a place in C++',
      running('GatherElements', `${SOURCE}/gather_elements.cc:150 void onnxruntime::core_impl(const Tensor*, int64_t) [with Tin = long int; int64_t = long int] GatherElements op: Out of range value in index tensor\n`),
      'its GatherElements node failed: GatherElements op: Out of range value in index tensor',
    ],
    [
      'a condition in C++',
      running('Reshape', `${SOURCE}/reshape_helper.h:91 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, bool) input_shape_size == requested_shape_size was false. The input tensor cannot be reshaped to the requested shape. Input shape:{2,2}, requested shape:{1,2}`),
      'its Reshape node failed: The input tensor cannot be reshaped to the requested shape. Input shape:{2,2}, requested shape:{1,2}',
    ],
    [
      'a regular expression of Python',
      'Exception during initialization: /onnxruntime_src/onnxruntime/contrib_ops/cpu/tokenizer.cc:152 onnxruntime::contrib::Tokenizer::Tokenizer(const onnxruntime::OpKernelInfo&) Can not digest tokenexp: invalid perl operator: (?u\n',
      'a Tokenizer has a regular expression that RE2 cannot read (invalid perl operator: (?u): write it without flags and look-around',
    ],
    ['words that are plain', 'Node () Op (MatMul) [ShapeInferenceError] Incompatible dimensions.', 'Node () Op (MatMul) [ShapeInferenceError] Incompatible dimensions'],
  ])('are told plainly: %s', (_what, message, words) => {
    expect(runtimeWords(new Error(message))).toBe(words);
  });
});
