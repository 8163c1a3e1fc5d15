/** The graph cannot be loaded, or is not what the manifest says: no request can ever be answered. */
export class UnusableGraph extends Error {}

/** An inference run threw, or gave numbers no answer can be made of. */
export class InferenceFailed extends Error {}

/** The graph threw on tensors that somebody had put together: more likely theirs is the fault than the graph's. */
export class RawRunFailed extends InferenceFailed {}

/** No answer in time, or nobody waits for it any more. */
export class InferenceTimedOut extends Error {}

/** Too many requests wait for the worker. */
export class InferenceOverloaded extends Error {
  constructor() {
    super('too many requests are waiting');
  }
}
