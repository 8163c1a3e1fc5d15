/**
 * The inference worker: owns the one onnxruntime session of the process, scores the batches it is sent, one at a time.
 * `run()` is a synchronous native call, which is why it must not happen on the event loop of the server.
 */
import './no-telemetry.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession } from 'onnxruntime-node';

import type { BatchRequest, WorkerMessage, WorkerSetup } from './messages.ts';
import { contractFault, hasDynamicBatch } from './graph-contract.ts';
import { createBatchRunner } from './run-batch.ts';

if (parentPort === null) throw new Error('scoring/worker.ts runs as a worker thread only');
const port = parentPort;
const setup = workerData as WorkerSetup;

function send(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

async function load(): Promise<InferenceSession> {
  return InferenceSession.create(setup.graphFile, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 4,
    extra: {
      session: {
        // A file named *.ort would be read in a format that nobody has searched for external data.
        load_model_format: 'ONNX',
        // A spinning thread would burn the CPU share of the pod between requests.
        intra_op: { allow_spinning: '0' },
        inter_op: { allow_spinning: '0' },
      },
    },
  });
}

async function start(): Promise<void> {
  let session: InferenceSession;
  try {
    session = await load();
  } catch (error) {
    return send({ kind: 'unusable', message: `onnxruntime cannot load the graph: ${firstLine(error)}` });
  }
  const fault = contractFault(session, setup);
  if (fault !== undefined) return send({ kind: 'unusable', message: fault });
  const runBatch = createBatchRunner(session, setup);
  port.on('message', ({ users }: BatchRequest) => {
    void runBatch(users).then((result) => send(result, [result.items.buffer, result.scores.buffer]));
  });
  send({ kind: 'loaded', dynamicBatch: hasDynamicBatch(session, setup) });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}

await start();
