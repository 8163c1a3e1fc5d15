/** What the main thread and an inference worker say to each other. Both speak of one batch, or one raw run, at a time. */
import type { ElementType } from '../bundle/element-types.ts';
import type { GraphInfo, RawTensor, TensorData } from './tensors.ts';

/** Handed to the worker when it starts. */
export interface WorkerSetup {
  graphFile: string;
}

/** How an input of the graph is made of what the main thread sends. */
export interface InputPlan {
  name: string;
  type: ElementType;
  /** Lengths after the batch axis: [], [1] or [n]; of `Unpadded` none is known. */
  shape: readonly number[];
  /**
   * `Values`: the elements themselves, `width` a request. `Unpadded`: at most `width`, and as many as the request has.
   * `MultiHot`: at most `width` int32 positions, padded with -1 to the longest of a batch; the worker writes ones at these
   * positions of a row of zeros, so that a long row of zeros never travels.
   */
  encoding: 'Values' | 'Unpadded' | 'MultiHot';
  /** Elements that are sent for one request. */
  width: number;
}

/** Which outputs are asked for and how they are read. */
export type AnswerPlan =
  /** Row numbers and scores, [batch × K] each, ranked by the graph. */
  | { kind: 'Ranked'; items: string; scores: string }
  /** Scores of all `columns` items, [batch × columns]; the worker selects the best. */
  | { kind: 'Scores'; scores: string; columns: number }
  /** Probabilities of all `columns` classes, [batch × columns]; all of them travel. */
  | { kind: 'Probabilities'; scores: string; columns: number };

/** How requests become tensors and tensors become answers: from the manifest and the loaded graph. */
export interface Plan {
  inputs: readonly InputPlan[];
  answer: AnswerPlan;
  /** False = one request at a time. */
  dynamicBatch: boolean;
}

/** Which of all items may be selected for one request, and how many. */
export interface Selection {
  k: number;
  /** Rows that must not be selected. */
  banned: readonly number[];
  /** Rows that may be; absent = all. */
  allowed: Int32Array<ArrayBuffer> | undefined;
}

/** Requests to be scored together. */
export interface Batch {
  size: number;
  /** By input of the plan: [size × width] elements. */
  inputs: TensorData[];
  /** By request; only where the worker selects. */
  selections: Selection[];
}

export type ToWorker =
  | { kind: 'plan'; plan: Plan }
  | { kind: 'batch'; batch: Batch }
  | { kind: 'infer'; feeds: RawTensor[]; outputs: string[] };

export type FromWorker =
  | { kind: 'loaded'; graph: GraphInfo }
  /** The graph cannot be served; final. */
  | { kind: 'unusable'; message: string }
  /** `milliseconds`: of the run alone; the event loop of the main thread may hear of its end much later. */
  | ({ kind: 'batch'; milliseconds: number } & BatchResult)
  | { kind: 'inferred'; tensors: RawTensor[] }
  | { kind: 'inferFailed'; message: string };

export type ScoreArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Row r of `rows` and `scores`, [size × width] each, answers request r, unless r has failed. */
export interface BatchResult {
  width: number;
  /** Rows of the items; empty for probabilities, which come in the order of the classes. */
  rows: Int32Array<ArrayBuffer>;
  scores: ScoreArray;
  /** Places that are filled, by request; absent = all. */
  lengths: number[] | undefined;
  failures: { row: number; message: string }[];
}
