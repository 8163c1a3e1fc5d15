import { MessageChannel, type MessagePort, receiveMessageOnPort, SHARE_ENV, Worker } from 'node:worker_threads';
import { log, messageOf } from '../telemetry/log.ts';
import { buffersOf } from './batch.ts';
import { InferenceTimedOut, isOutOfMemory, OutOfMemory, UnusableGraph, WorkerEnded } from './failures.ts';
import type { Batch, BatchResult, FromWorker, Plan, ToWorker, WorkerSetup } from './messages.ts';
import type { GraphInfo, RawTensor } from './tensors.ts';

const LOAD_WITHIN_MS = 120_000;

/** A worker thread whose graph is loaded. It is given one thing at a time, and the answer goes to the listeners. */
export interface InferenceWorker {
  graph: GraphInfo;
  /** To be called once, before the first batch. */
  setPlan(plan: Plan): void;
  run(batch: Batch): void;
  infer(feeds: RawTensor[], outputs: string[]): void;
  /** Tells the listeners at once of what has ended, instead of in the next turn of the event loop. */
  poll(): void;
  terminate(): Promise<number>;
}

interface WorkerListeners {
  /** @param milliseconds of the run alone */
  onBatch(result: BatchResult, milliseconds: number): void;
  /** A raw run has ended: its tensors, or why there are none. */
  onInferred(result: RawTensor[] | Error): void;
  /** The thread ended after it had loaded, whatever the cause. */
  onExit(how: WorkerEnded): void;
}

/** @throws UnusableGraph when the graph does not load; OutOfMemory, InferenceTimedOut, WorkerEnded when that does not become known */
export function startWorker(setup: WorkerSetup, listeners: WorkerListeners): Promise<InferenceWorker> {
  return new Promise((resolve, reject) => {
    const { port1: port, port2 } = new MessageChannel();
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { ...setup, port: port2 },
      transferList: [port2],
      env: SHARE_ENV,
    });
    let loaded = false;
    const giveUp = (error: Error) => {
      clearTimeout(late);
      reject(error);
      void worker.terminate();
    };
    const refuse = (why: string) => giveUp(isOutOfMemory(why) ? new OutOfMemory(why) : new UnusableGraph(why));
    const tooLate = () => giveUp(new InferenceTimedOut(`The graph did not load within ${LOAD_WITHIN_MS / 1000} s.`));
    const late = setTimeout(tooLate, LOAD_WITHIN_MS);
    let words: string | undefined;
    worker.on('error', (error) => {
      words = messageOf(error);
      log('error', 'inference worker failed', { error: words });
    });
    worker.on('exit', (code) => {
      port.close();
      const how = new WorkerEnded(code, words);
      if (loaded) listeners.onExit(how);
      else giveUp(how);
    });
    const hear = (message: FromWorker) => {
      if (message.kind === 'unusable') return refuse(message.message);
      if (message.kind !== 'loaded') return tell(listeners, message);
      clearTimeout(late);
      loaded = true;
      resolve(workerOf(worker, port, message.graph, hear));
    };
    port.on('message', hear);
  });
}

function tell({ onBatch, onInferred }: WorkerListeners, message: Exclude<FromWorker, { kind: 'loaded' | 'unusable' }>): void {
  if (message.kind === 'batch') onBatch(message, message.milliseconds);
  else onInferred(message.kind === 'inferred' ? message.tensors : new Error(message.message));
}

function workerOf(worker: Worker, port: MessagePort, graph: GraphInfo, hear: (message: FromWorker) => void): InferenceWorker {
  const send = (message: ToWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  return {
    graph,
    setPlan: (plan) => send({ kind: 'plan', plan }),
    run: (batch) => send({ kind: 'batch', batch }, buffersOf(batch)),
    infer: (feeds, outputs) => send({ kind: 'infer', feeds, outputs }),
    poll() {
      const received = receiveMessageOnPort(port) as { message: FromWorker } | undefined;
      if (received !== undefined) hear(received.message);
    },
    terminate: () => worker.terminate(),
  };
}
