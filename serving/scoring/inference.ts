import { Problem } from '../common/problems.ts';
import { InferenceOverloaded } from './failures.ts';
import type { Plan } from './messages.ts';
import { feedsFault } from './raw-feeds.ts';
import { createSlot, MAX_BATCH, type Slot, type SlotOptions, type StartWorker } from './slot.ts';
import type { GraphInfo, RawTensor } from './tensors.ts';
import { enqueue, expire, type ScoreJob, type Scores, type Waiting } from './waiting.ts';
import { startWorker } from './worker-thread.ts';

const MAX_WAITING = 1024;
/** Nobody waits longer for a run. */
export const ANSWER_WITHIN_MS = 5_000;
const LOOK_FOR_LATE_EVERY_MS = 200;

/** The inference workers as the server sees them. */
export interface Inference {
  graph: GraphInfo;
  plan: Plan;
  /**
   * Scores one request. An aborted request leaves the queue.
   * @throws InferenceFailed, InferenceTimedOut, InferenceOverloaded
   */
  score(job: Pick<ScoreJob, 'row' | 'selection'>, signal?: AbortSignal): Promise<Scores>;
  /**
   * Runs the graph once on the tensors given, which must be all its inputs; through the same queue, not batched.
   * @param outputs names of the tensors wanted, in this order; absent = all
   * @throws Problem InvalidRequest when the tensors are not what the graph takes; else like `score`
   */
  infer(feeds: RawTensor[], outputs?: string[], signal?: AbortSignal): Promise<RawTensor[]>;
  /**
   * Requests that wait for a worker. To be asked before a request is taken on: it also looks whether a worker has
   * done, because at overload a turn of the event loop is long, and the worker would idle until its end.
   */
  waiting(): number;
  /** Whether requests that wait are scored together. */
  isBatching(): boolean;
  /** A graph that takes one request at a time is never given more. */
  setBatching(on: boolean): void;
  close(): Promise<void>;
}

export interface InferenceEvents {
  /** So many requests have been sent to a worker together. */
  onBatch(size: number): void;
  /** A run of so many requests has ended after so many milliseconds. */
  onRun?(size: number, milliseconds: number): void;
  /** No worker can be kept alive: the process cannot serve any more. */
  onLost(reason: string): void;
}

interface InferenceOptions extends Pick<SlotOptions, 'graphFile' | 'planOf'> {
  /** Workers that share the queue; each loads the graph. */
  threads: number;
}

/**
 * Starts the workers, loads the graph into each, and keeps them alive from then on.
 * @throws UnusableGraph when the graph cannot be loaded or differs from the manifest
 */
export async function startInference(
  { threads, ...options }: InferenceOptions,
  events: InferenceEvents,
  startThread: StartWorker = startWorker,
): Promise<Inference> {
  const queue: Waiting[] = [];
  const slots: Slot[] = [];
  let isPlanned = false;
  let mayBatch = true;

  /** Shares what is queued out among the free workers. */
  function run(): void {
    isPlanned = false;
    const free = slots.filter((slot) => slot.isFree());
    free.forEach((slot, index) => slot.runNext(mayBatch ? Math.ceil(queue.length / (free.length - index)) : 1));
  }

  /** Never waits for requests to come, but those that have come in this turn of the event loop shall go together. */
  function runSoon(): void {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(run);
  }

  /** A full batch goes at once: at overload a turn is long, and the workers shall not idle until its end. */
  function onQueued(): void {
    if (queue.length >= MAX_BATCH) run();
    else if (queue.length > 0) runSoon();
  }

  const slotOptions = { ...options, ...events, queue, startThread, onFree: onQueued };
  // The first alone: a graph that cannot be served is told of once.
  const first = await createSlot(slotOptions);
  slots.push(first, ...(await Promise.all(Array.from({ length: threads - 1 }, () => createSlot(slotOptions)))));
  const { graph, plan } = first;
  const looking = setInterval(() => [queue, ...slots.map((slot) => slot.running())].forEach(expire), LOOK_FOR_LATE_EVERY_MS);
  looking.unref();

  function submit<T>(place: Parameters<typeof enqueue<T>>[1], signal?: AbortSignal): Promise<T> {
    if (queue.length >= MAX_WAITING) throw new InferenceOverloaded();
    const settled = enqueue(queue, place, ANSWER_WITHIN_MS, signal);
    onQueued();
    return settled;
  }

  return {
    graph,
    plan,
    waiting() {
      for (const slot of slots) slot.poll();
      return queue.length;
    },
    isBatching: () => mayBatch && plan.dynamicBatch,
    setBatching: (on) => void (mayBatch = on),
    async score({ row, selection }, signal) {
      return submit<Scores>((settle) => ({ kind: 'score', row, selection, ...settle }), signal);
    },
    async infer(feeds, outputs = graph.outputs.map(({ name }) => name), signal) {
      const fault = feedsFault(graph, feeds, outputs);
      if (fault !== undefined) throw new Problem('InvalidRequest', fault);
      return submit<RawTensor[]>((settle) => ({ kind: 'infer', feeds, outputs, ...settle }), signal);
    },
    async close() {
      clearInterval(looking);
      await Promise.all(slots.map((slot) => slot.close()));
    },
  };
}
