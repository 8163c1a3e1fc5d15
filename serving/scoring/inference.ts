import { log, messageOf } from '../telemetry/log.ts';
import { InferenceFailed, InferenceOverloaded } from './failures.ts';
import type { BatchResult, WorkerSetup } from './messages.ts';
import { enqueue, settle } from './waiting.ts';
import type { Scores, Waiting } from './waiting.ts';
import { startWorker } from './worker-thread.ts';
import type { InferenceWorker } from './worker-thread.ts';

const MAX_BATCH = 16;
const MAX_WAITING = 1024;
const ANSWER_WITHIN_MS = 5_000;
/** A run this long will never end; a native call cannot be interrupted, so the process has to go. */
const HUNG_AFTER_MS = 60_000;
const MAX_RESTARTS_IN_A_ROW = 3;

/** The inference worker as the server sees it. */
export interface Inference {
  /**
   * Scores one user (position in the vocabulary). An aborted request leaves the queue.
   * @throws InferenceFailed, InferenceTimedOut, InferenceOverloaded
   */
  score(user: number, signal?: AbortSignal): Promise<Scores>;
  close(): Promise<void>;
}

type StartWorker = typeof startWorker;

/**
 * Starts a worker, loads the graph, and keeps a worker alive from then on.
 * @param onLost called when none can be kept alive: the process cannot serve any more
 * @throws UnusableGraph when the graph cannot be loaded or differs from the manifest
 */
export async function startInference(
  setup: WorkerSetup,
  onLost: (reason: string) => void,
  startThread: StartWorker = startWorker,
): Promise<Inference> {
  const queue: Waiting[] = [];
  let running: Waiting[] = [];
  /** Absent while a new one starts. */
  let worker: InferenceWorker | undefined;
  let restarts = 0;
  let closed = false;
  let hung: NodeJS.Timeout | undefined;

  /** Sends whatever is queued, at most MAX_BATCH, never waiting for more. */
  function runNext(): void {
    if (worker === undefined || running.length > 0 || queue.length === 0) return;
    running = queue.splice(0, worker.dynamicBatch ? MAX_BATCH : 1);
    hung = setTimeout(() => onLost(`an inference run did not end within ${HUNG_AFTER_MS / 1000} s`), HUNG_AFTER_MS);
    worker.run(BigInt64Array.from(running, (waiting) => BigInt(waiting.user)));
  }

  function onBatch(result: BatchResult): void {
    clearTimeout(hung);
    restarts = 0;
    settle(running.splice(0), result);
    runNext();
  }

  async function onExit(): Promise<void> {
    clearTimeout(hung);
    worker = undefined;
    for (const waiting of running.splice(0)) waiting.reject(new InferenceFailed('the inference worker ended'));
    if (closed) return;
    restarts += 1;
    if (restarts > MAX_RESTARTS_IN_A_ROW) return onLost('the inference worker ended again and again');
    try {
      await start();
      log('warn', 'inference-worker-restarted');
    } catch (error) {
      onLost(`the inference worker could not be started again: ${messageOf(error)}`);
    }
  }

  async function start(): Promise<void> {
    worker = await startThread(setup, { onBatch, onExit: () => void onExit() });
    runNext();
  }

  await start();
  return {
    async score(user, signal) {
      if (queue.length >= MAX_WAITING) throw new InferenceOverloaded();
      const scores = enqueue(queue, user, ANSWER_WITHIN_MS, signal);
      runNext();
      return scores;
    },
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}
