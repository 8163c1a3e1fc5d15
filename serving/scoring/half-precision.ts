import { Tensor } from 'onnxruntime-node';

/**
 * Has float16 tensors hold their bits in a Uint16Array. Where there is a Float16Array, onnxruntime-common 1.30 turns them into
 * one, of which the binding of onnxruntime-node 1.30.0 reads no byte: "not enough space: expected 10, got 0". It looks for it
 * once, when the first tensor is made.
 */
const { Float16Array } = globalThis;
Reflect.deleteProperty(globalThis, 'Float16Array');
new Tensor('bool', [], [0]);
globalThis.Float16Array = Float16Array;
