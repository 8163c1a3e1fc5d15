import { BundleFailure } from '../failure.ts';
import type { BufferedFile } from './buffered-file.ts';
import { ProtobufReader } from './protobuf.ts';

/** Nodes of all graphs, subgraphs and called functions together; the largest recommenders have some thousands. */
export const MAX_NODES = 100_000;

/** What is known of the file that is being inspected; shared by the readers of its parts. */
export interface GraphReading {
  /** Name of the file in the bundle, for messages. */
  file: string;
  reader: ProtobufReader;
  /** Operator domains in use, as written. */
  domains: Set<string>;
  nodes: number;
  /** Values in initializers and constants, and what they take in memory, bytes. */
  parameters: number;
  tensorBytes: number;
  /** What sparse tensors take once they are unfolded, bytes. */
  unfoldedBytes: number;
  /** Tensors whose values are in other files, and those files as the graph names them. */
  external: { tensors: number; files: Set<string> };
  /** Values that a TopK gives which does not sort. */
  unsortedTopK: string[];
  /** Lists of the labels that its classifiers name, each in the order of its columns. */
  classLabels: string[][];
  /** The error that refuses the file. @param why half a sentence */
  refuse(this: void, why: string): BundleFailure;
}

export function startReading(bytes: BufferedFile, file: string): GraphReading {
  const refuse = (why: string) => new BundleFailure('GraphInvalid', `"${file}" is not an ONNX model that can be served: ${why}.`);
  return {
    file,
    reader: new ProtobufReader(bytes, refuse),
    domains: new Set(),
    nodes: 0,
    parameters: 0,
    tensorBytes: 0,
    unfoldedBytes: 0,
    external: { tensors: 0, files: new Set() },
    unsortedTopK: [],
    classLabels: [],
    refuse,
  };
}
