/** What the main thread and the inference worker say to each other. */

/** Handed to the worker when it starts. */
export interface WorkerSetup {
  graphFile: string;
  inputName: string;
  itemsName: string;
  scoresName: string;
}

/** Main thread → worker: score these users, positions in the vocabulary, [batch]. */
export interface BatchRequest {
  users: BigInt64Array<ArrayBuffer>;
}

export type WorkerMessage =
  | { kind: 'loaded'; dynamicBatch: boolean }
  /** The graph cannot be served; final. */
  | { kind: 'unusable'; message: string }
  | BatchResult;

/** Worker → main thread: row r of `items` and `scores`, [batch × width] each, answers user r, unless r has failed. */
export interface BatchResult {
  kind: 'batch';
  width: number;
  items: Int32Array<ArrayBuffer>;
  scores: Float32Array<ArrayBuffer>;
  failures: { row: number; message: string }[];
}
