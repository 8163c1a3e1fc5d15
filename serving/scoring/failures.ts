import { Failure, type ProblemCode } from '../common/problems.ts';

/** The graph cannot be loaded, or is not what the manifest says: no request can ever be answered. */
export class UnusableGraph extends Error {}

/** There was not enough memory to load the graph, which proves nothing about it. */
export class OutOfMemory extends Error {}

const OUT_OF_MEMORY =
  /failed to allocate memory|cannot allocate memory|bad_alloc|allocation failed|out of memory|memory limit|resource temporarily unavailable/i;

/** Whether a message of onnxruntime, V8 or the system says that it got no more memory; a thread that cannot be started lacks it too. */
export function isOutOfMemory(message: string): boolean {
  return OUT_OF_MEMORY.test(message);
}

/** An inference run threw, or gave numbers no answer can be made of. */
export class InferenceFailed extends Failure {
  override readonly code: ProblemCode = 'InferenceFailed';
  override readonly detail: string = 'The model could not score this request.';
}

/** The thread that runs the graph has ended. Lack of memory ends it, and so does a crash: it proves nothing about the graph. */
export class WorkerEnded extends InferenceFailed {
  /** @param code of the thread's exit @param words why, where it is known */
  constructor(code: number, words: string | undefined) {
    super(`the inference worker ended with code ${code}${words === undefined ? '' : `: ${words}`}`);
  }
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
