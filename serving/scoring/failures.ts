import { Failure, type ProblemCode } from '../common/problems.ts';

/** The graph cannot be loaded, or is not what the manifest says: no request can ever be answered. */
export class UnusableGraph extends Error {}

/** An inference run threw, or gave numbers no answer can be made of. */
export class InferenceFailed extends Failure {
  override readonly code: ProblemCode = 'InferenceFailed';
  override readonly detail: string = 'The model could not score this request.';
}

/** The graph threw on tensors that somebody had put together: more likely theirs is the fault than the graph's. */
export class RawRunFailed extends InferenceFailed {
  override readonly code = 'TensorsRefused';
  override readonly detail = 'The graph failed on these tensors; check for values it does not accept, such as an index out of range.';
}

/** No answer in time, or nobody waits for it any more. */
export class InferenceTimedOut extends Failure {
  override readonly code = 'InferenceTimedOut';
  override readonly detail = 'The model did not answer in time.';
}

/** Too many requests wait for the worker. */
export class InferenceOverloaded extends Failure {
  override readonly code = 'Overloaded';
  override readonly detail = 'Too many requests are waiting; try again shortly.';

  constructor() {
    super('too many requests are waiting');
  }
}
