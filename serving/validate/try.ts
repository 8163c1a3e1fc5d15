import type { Bundle } from '../bundle/bundle.ts';
import { BundleFailure } from '../bundle/failure.ts';
import { readBundle } from '../bundle/read.ts';
import { reportOf } from '../bundle/report.ts';
import type { RecommendRequest } from '../bundle/request.ts';
import type { LoadFigures, ValidationReport } from '../contract/report.ts';
import { InferenceTimedOut, isOutOfMemory, UnusableGraph, WorkerEnded } from '../scoring/failures.ts';
import { loadModel, type Model } from '../scoring/model.ts';
import { checkContents } from './contents.ts';
import { lineageTexts } from './lineage.ts';
import { contractOf } from './model-contract.ts';
import { outOfMemorySentence } from './out-of-memory.ts';
import { checkPromises } from './promises.ts';

/** A model that answers rightly, to be measured. */
export interface Tried {
  bundle: Bundle;
  model: Model;
  /** Has every run of the model told: so many requests together, in so many milliseconds. */
  listenToRuns(listener: (requests: number, milliseconds: number) => void): void;
}

type Measure = (tried: Tried) => Promise<LoadFigures>;

/**
 * Reads, loads and tries the fetched bundle in `dir`: its golden requests must be answered right.
 * @param onLost called with the report when the model cannot go on, and this promise may never settle
 * @param measure absent = the model is not measured
 */
export async function tryBundle(dir: string, onLost: (report: ValidationReport) => void, measure?: Measure): Promise<ValidationReport> {
  try {
    const bundle = await readBundle(dir);
    await checkContents(bundle);
    let batchDependence: string | undefined;
    let onRun: (requests: number, milliseconds: number) => void = () => undefined;
    const model = await loadModel(bundle, {
      onInferenceError: () => undefined,
      onGenerated: () => undefined,
      onBatch: () => undefined,
      onRun: (requests, milliseconds) => onRun(requests, milliseconds),
      onLost: (reason) => onLost(reportOf(failureOf(new BundleFailure('Crashed', `The model cannot run: ${reason}.`)))),
      onBatchDependent: (why) => (batchDependence = why),
    });
    await checkPromises(bundle, model);
    const faults = await model.check();
    if (faults.length > 0) throw new BundleFailure('GoldenMismatch', `${faults.slice(0, 3).join(' ')}${await causeOf(bundle, model)}`);
    const { task, metrics, files } = bundle.manifest;
    const verified = `${files.length} files verified, ${bundle.golden.length} golden requests passed${ownAnswers(bundle)}.`;
    const message = batchDependence === undefined ? verified : `${verified} Warning: it will be served one request at a time, which is slower. ${batchDependence}`;
    const load = await measure?.({ bundle, model, listenToRuns: (listener) => (onRun = listener) });
    const contract = contractOf(bundle, model.describe());
    const found = { task, metrics, lineage: lineageTexts(bundle.manifest), contract, ...(load ? { load } : {}), ...(batchDependence ? { batchDependence } : {}) };
    return { result: 'Passed', reason: 'Passed', message, ...found };
  } catch (error) {
    return reportOf(failureOf(error));
  }
}

/** Why golden requests fail that nobody has computed wrongly. */
async function causeOf({ golden }: Bundle, model: Model): Promise<string> {
  for (const { request } of golden.slice(0, 3)) {
    if (!(await isRandom(model, request))) continue;
    return ' The graph answers the same request differently each time: export it for inference (in PyTorch after model.eval()), without random nodes.';
  }
  if (golden.some(({ isOwn }) => !isOwn)) return '';
  return ' These answers were recorded from an earlier graph: delete the golden requests or pass --golden-requests, and pack the bundle again.';
}

/** Asks twice: a dropout left in training mode, or a node such as RandomNormal, gives other scores each time. */
async function isRandom(model: Model, request: RecommendRequest): Promise<boolean> {
  const ask = () => model.recommend(request).catch(() => undefined);
  const [one, other] = [await ask(), await ask()];
  return JSON.stringify(one) !== JSON.stringify(other);
}

function ownAnswers({ golden }: Bundle): string {
  return golden.every(({ isOwn }) => isOwn) ? ', with answers that were recorded from the graph itself' : '';
}

/** Being too slow or too large, and the death of the worker, prove nothing about the bundle: elsewhere there may be more time and memory. */
function failureOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (isOutOfMemory(error.message)) return new BundleFailure('OutOfMemory', outOfMemorySentence(error.message), error);
  if (error instanceof RangeError && error.message.includes('call stack')) {
    return new BundleFailure('ContentInvalid', 'A file of the bundle is nested too deeply.', error);
  }
  if (error instanceof WorkerEnded) {
    const message = `The model could not be tried: ${error.message}. It crashes onnxruntime, or needs more memory than is available.`;
    return new BundleFailure('Crashed', message, error);
  }
  if (error instanceof UnusableGraph) return new BundleFailure('GraphInvalid', error.message, error);
  if (error instanceof InferenceTimedOut) return new BundleFailure('OutOfTime', error.message, error);
  return error;
}
