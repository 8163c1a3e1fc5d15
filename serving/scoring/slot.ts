import { log, messageOf } from '../telemetry/log.ts';
import { batchOf } from './batch.ts';
import { RawRunFailed, type WorkerEnded } from './failures.ts';
import type { BatchResult, Plan, WorkerSetup } from './messages.ts';
import type { GraphInfo, RawTensor } from './tensors.ts';
import { settle, takeNext, type Waiting } from './waiting.ts';
import type { InferenceWorker, startWorker } from './worker-thread.ts';

/** Larger ones gain nothing more a request and make the first of them wait. */
export const MAX_BATCH = 32;
/** Four times what any caller waits: such a run will never end; a native call cannot be interrupted, so the process has to go. */
const HUNG_AFTER_MS = 20_000;
const MAX_RESTARTS_IN_A_ROW = 3;

export type StartWorker = typeof startWorker;

/** What the slots of a pool share. */
export interface SlotOptions extends WorkerSetup {
  queue: Waiting[];
  /** @throws UnusableGraph */
  planOf(graph: GraphInfo): Plan;
  onBatch(size: number): void;
  onRun?(size: number, milliseconds: number): void;
  onLost(reason: string): void;
  /** It can run something again. */
  onFree(): void;
  startThread: StartWorker;
}

/** One place for a worker thread: it takes work from the queue, and a worker that ends is replaced. */
export interface Slot {
  graph: GraphInfo;
  plan: Plan;
  isFree(): boolean;
  /** Sends what is at the head of the queue, at most `most` requests and MAX_BATCH. To be called while free. */
  runNext(most: number): void;
  /** Looks whether a run has ended. */
  poll(): void;
  /** What is being run. */
  running(): readonly Waiting[];
  close(): Promise<void>;
}

/** @throws UnusableGraph when the graph cannot be loaded or differs from the manifest */
export async function createSlot({ graphFile, queue, planOf, onBatch, onRun, onLost, onFree, startThread }: SlotOptions): Promise<Slot> {
  let running: Waiting[] = [];
  /** Absent while a new one starts. */
  let worker: InferenceWorker | undefined;
  let restarts = 0;
  let closed = false;
  let sentAt = 0;
  let hung: NodeJS.Timeout | undefined;

  function runNext(most: number): void {
    if (worker === undefined) return;
    running = takeNext(queue, plan.dynamicBatch ? Math.min(most, MAX_BATCH) : 1);
    if (running.length === 0) return;
    sentAt = performance.now();
    hung = setTimeout(() => onLost(`an inference run did not end within ${HUNG_AFTER_MS / 1000} s`), HUNG_AFTER_MS);
    const [first] = running;
    if (first?.kind === 'infer') return worker.infer(first.feeds, first.outputs);
    onBatch(running.length);
    worker.run(batchOf(running.filter((job) => job.kind === 'score'), plan));
  }

  function finish(milliseconds: number, settleThem: (done: Waiting[]) => void): void {
    clearTimeout(hung);
    restarts = 0;
    // A word from a worker that has ended meanwhile.
    if (running.length === 0) return;
    onRun?.(running.length, milliseconds);
    settleThem(running.splice(0));
    onFree();
  }

  const onScored = (result: BatchResult, milliseconds: number) =>
    finish(milliseconds, (done) => settle(done.filter((job) => job.kind === 'score'), result));
  const onInferred = (result: RawTensor[] | Error) => finish(performance.now() - sentAt, (done) => settleRaw(done, result));

  async function onExit(how: WorkerEnded): Promise<void> {
    clearTimeout(hung);
    worker = undefined;
    for (const waiting of running.splice(0)) waiting.reject(how);
    if (closed) return;
    restarts += 1;
    if (restarts > MAX_RESTARTS_IN_A_ROW) return onLost(`${how.message}, again and again`);
    try {
      worker = await start();
      worker.setPlan(plan);
      log('warn', 'inference worker restarted');
      onFree();
    } catch (error) {
      onLost(`the inference worker could not be restarted: ${messageOf(error)}`);
    }
  }

  const start = () => startThread({ graphFile }, { onBatch: onScored, onInferred, onExit: (how) => void onExit(how) });

  const first = await start();
  const plan = await planOrEnd(first, planOf, () => (closed = true));
  first.setPlan(plan);
  worker = first;
  return {
    graph: first.graph,
    plan,
    isFree: () => worker !== undefined && running.length === 0,
    runNext,
    poll() {
      if (running.length > 0) worker?.poll();
    },
    running: () => running,
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}

async function planOrEnd(worker: InferenceWorker, planOf: SlotOptions['planOf'], close: () => void): Promise<Plan> {
  try {
    return planOf(worker.graph);
  } catch (error) {
    close();
    await worker.terminate();
    throw error;
  }
}

function settleRaw(done: readonly Waiting[], result: RawTensor[] | Error): void {
  for (const waiting of done) {
    if (waiting.kind !== 'infer') continue;
    if (result instanceof Error) waiting.reject(new RawRunFailed(result.message));
    else waiting.resolve(result);
  }
}
