/** One input of a graph, as callers meet it. */
export interface ContractInput {
  name: string;
  /** Where its values come from: user_id, history, text or context.FIELD. */
  from: string;
  /** Element type, e.g. int64; of a list with a fixed number of values float32[8], of one with any number float32[]. */
  type: string;
  /** Requests without it are refused. */
  required: boolean;
  /** Words it knows; absent = values are taken as they are. */
  vocabulary?: number;
  /** Longest text that is taken, characters, or longest list, values; absent = any. */
  maxLength?: number;
}

/** A set of ids: how many, and the smallest of their hashes, which are a random sample of them. */
export interface IdSet {
  count: number;
  /** At most CONTRACT_SAMPLE different hashes of 32 bits, ascending, big-endian, base64: see serving/validate/sample.ts. */
  sample: string;
}

/** How many hashes are kept of a set: both samples of a contract have to fit into a termination message. */
export const CONTRACT_SAMPLE = 160;

/** What callers of a version rely on, small enough to be kept for every version. */
export interface ModelContract {
  task: string;
  inputs: ContractInput[];
  /** Names of the outputs that make the answer. */
  outputs: string[];
  /** How many items or classes an answer can hold at most, as far as the graph says; absent = it does not. */
  k?: number;
  /** Items, or labels of a classifier. */
  items: IdSet;
  /** Users it knows; absent where it knows none by name. */
  users?: IdSet;
}

/** How the model did under the load that the Job gave it, on the machine where the Job ran. */
export interface LoadFigures {
  requestsPerSecond: number;
  /** Requests that were sent, a warm-up left out. */
  requests: number;
  /** Those not answered with 200 within 5 s; in the latencies they count as 5 s. */
  failed: number;
  /** From the moment a request was due, milliseconds. */
  p50Ms: number;
  p99Ms: number;
  /** Resident memory of the process that served, with one inference thread: its peak, and what the load added. */
  memoryBytes: number;
  memoryGrowthBytes: number;
}

/** What the validation Job writes to its termination message, as JSON. */
export interface ValidationReport {
  /** Passed; Invalid = the bundle can never pass (final); Unavailable = it could not be read now (worth another try). */
  result: 'Passed' | 'Invalid' | 'Unavailable';
  /** One CamelCase word, e.g. DigestMismatch. */
  reason: string;
  /** One sentence for people: what is wrong, where. */
  message: string;
  task?: string;
  /** Offline metrics of the bundle, e.g. {"ndcg@10": 0.41}. */
  metrics?: Record<string, number>;
  /** Where the bundle comes from, as its trainer says; nested values as JSON. */
  lineage?: Record<string, string>;
  contract?: ModelContract;
  load?: LoadFigures;
  /** Absent = requests may be scored together. Otherwise a sentence: how an answer changed with what was scored beside it. */
  batchDependence?: string;
}
