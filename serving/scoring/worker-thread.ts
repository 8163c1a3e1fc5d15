import { SHARE_ENV, Worker } from 'node:worker_threads';

import { log, messageOf } from '../telemetry/log.ts';
import { InferenceTimedOut, UnusableGraph } from './failures.ts';
import type { BatchResult, WorkerMessage, WorkerSetup } from './messages.ts';

const LOAD_WITHIN_MS = 120_000;

/** A worker thread whose graph is loaded. */
export interface InferenceWorker {
  /** Largest batch the graph takes. */
  dynamicBatch: boolean;
  /** Sends one batch; the answer goes to `onBatch`. */
  run(users: BigInt64Array<ArrayBuffer>): void;
  terminate(): Promise<number>;
}

interface Listeners {
  onBatch(result: BatchResult): void;
  /** The thread ended after it had loaded, whatever the cause. */
  onExit(): void;
}

/**
 * @throws UnusableGraph when the graph does not load, or is not what the manifest says; InferenceTimedOut when that is
 *   not known in time
 */
export function startWorker(setup: WorkerSetup, { onBatch, onExit }: Listeners): Promise<InferenceWorker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: setup, env: SHARE_ENV });
    let loaded = false;
    const giveUp = (error: Error) => {
      clearTimeout(late);
      reject(error);
      void worker.terminate();
    };
    const refuse = (why: string) => giveUp(new UnusableGraph(why));
    const tooLate = () => giveUp(new InferenceTimedOut(`The graph did not load within ${LOAD_WITHIN_MS / 1000} s.`));
    const late = setTimeout(tooLate, LOAD_WITHIN_MS);
    worker.on('error', (error) => log('error', 'inference-worker-error', { message: messageOf(error) }));
    worker.on('exit', (code) => (loaded ? onExit() : refuse(`The inference worker ended with code ${code} while loading.`)));
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'batch') return onBatch(message);
      if (message.kind === 'unusable') return refuse(message.message);
      clearTimeout(late);
      loaded = true;
      resolve({
        dynamicBatch: message.dynamicBatch,
        run: (users) => worker.postMessage({ users }, [users.buffer]),
        terminate: () => worker.terminate(),
      });
    });
  });
}
