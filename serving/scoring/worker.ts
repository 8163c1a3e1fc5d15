/**
 * An inference worker: owns one onnxruntime session and runs what it is sent, one thing at a time. `run()` is a
 * synchronous native call, which is why it must not happen on the event loop of the server. Knows tensors, not requests.
 */
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads';
import { InferenceSession } from 'onnxruntime-node';
import { messageOf } from '../telemetry/log.ts';
import { worthHandingOver } from './batch.ts';
import type { Batch, FromWorker, ToWorker, WorkerSetup } from './messages.ts';
import './half-precision.ts';
import './no-telemetry.ts';
import { type BatchRunner, createBatchRunner } from './run-batch.ts';
import { runRaw } from './run-raw.ts';
import { runtimeWords } from './runtime-words.ts';
import type { GraphInfo, TensorInfo } from './tensors.ts';
import './text-locale.ts';

if (isMainThread) throw new Error('scoring/worker.ts runs as a worker thread only');
const { graphFile, port } = workerData as WorkerSetup & { port: MessagePort };

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

async function load(): Promise<InferenceSession> {
  return InferenceSession.create(graphFile, {
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
    return send({ kind: 'unusable', message: `onnxruntime cannot load the graph: ${runtimeWords(error)}.` });
  }
  let runBatch: BatchRunner | undefined;
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'plan') runBatch = createBatchRunner(session, message.plan);
    else if (message.kind === 'infer') void runRaw(session, message.feeds, message.outputs).then(sendTensors, refuse);
    else if (runBatch !== undefined) void scored(runBatch, message.batch);
  });
  send({ kind: 'loaded', graph: graphInfo(session) });
}

async function scored(runBatch: BatchRunner, batch: Batch): Promise<void> {
  const started = performance.now();
  const result = await runBatch(batch);
  const milliseconds = performance.now() - started;
  send({ kind: 'batch', ...result, milliseconds }, worthHandingOver(result.rows.buffer, result.scores.buffer));
}

function sendTensors(tensors: Awaited<ReturnType<typeof runRaw>>): void {
  send({ kind: 'inferred', tensors }, tensors.flatMap(({ data }) => (Array.isArray(data) ? [] : [data.buffer])));
}

function refuse(error: unknown): void {
  send({ kind: 'inferFailed', message: messageOf(error) });
}

function graphInfo({ inputMetadata, outputMetadata }: InferenceSession): GraphInfo {
  return { inputs: inputMetadata.map(tensorInfo), outputs: outputMetadata.map(tensorInfo) };
}

function tensorInfo(value: InferenceSession.ValueMetadata): TensorInfo {
  if (!value.isTensor) return { name: value.name, type: 'sequence-or-map', shape: [] };
  return { name: value.name, type: value.type as TensorInfo['type'], shape: value.shape };
}

await start();
