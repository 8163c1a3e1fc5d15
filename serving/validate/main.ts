/** Validation Job: fetch, verify, load, replay the golden requests; the report is the termination message. */
import { BundleFailure } from '../bundle/failure.ts';
import { fetchBundle } from '../bundle/fetch.ts';
import { readBundle } from '../bundle/read.ts';
import { finish, reportOf } from '../bundle/report.ts';
import { readFetchConfig, terminationLogPath } from '../config.ts';
import type { ValidationReport } from '../contract.ts';
import { endNow } from '../end-now.ts';
import { InferenceTimedOut, UnusableGraph } from '../scoring/failures.ts';
import { loadModel } from '../scoring/model.ts';

async function validate(): Promise<ValidationReport> {
  const config = readFetchConfig();
  await fetchBundle(config);
  const bundle = await readBundle(config.dir);
  const model = await loadModel(bundle, {
    onInferenceError: () => undefined,
    onGenerated: () => undefined,
    onBatch: () => undefined,
    onLost: (reason) => void leave(new BundleFailure('GraphInvalid', `The model cannot be run: ${reason}.`)),
  });
  const faults = await model.check();
  if (faults.length > 0) throw new BundleFailure('GoldenMismatch', faults.slice(0, 3).join(' '));
  const { task, metrics, files } = bundle.manifest;
  const message = `${files.length} files verified, ${bundle.golden.length} golden requests answered right.`;
  return { result: 'Passed', reason: 'Passed', message, task, metrics };
}

async function leave(error: unknown): Promise<never> {
  return endNow(await finish(reportOf(failureOf(error)), terminationLogPath()));
}

/** Being too slow proves nothing about the bundle: the node may have had no time for it. */
function failureOf(error: unknown): unknown {
  if (error instanceof UnusableGraph) return new BundleFailure('GraphInvalid', error.message, error);
  if (error instanceof InferenceTimedOut) return new BundleFailure('OutOfTime', error.message, error);
  return error;
}

try {
  endNow(await finish(await validate(), terminationLogPath()));
} catch (error) {
  await leave(error);
}
