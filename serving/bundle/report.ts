import { writeFile } from 'node:fs/promises';
import { ConfigError } from '../config/fields.ts';
import { EXIT } from '../contract/env.ts';
import { CONTRACT_SAMPLE, type IdSet, type ValidationReport } from '../contract/report.ts';
import { log, messageOf } from '../telemetry/log.ts';
import { BundleFailure } from './failure.ts';

/** Kubernetes keeps 4096 bytes of a termination message. */
const MAX_REPORT_BYTES = 4096;
const MAX_MESSAGE_LENGTH = 1000;

/** What to tell the operator about an error of the fetch and validate commands. */
export function reportOf(error: unknown): ValidationReport {
  if (error instanceof BundleFailure) return { result: error.result, reason: error.reason, message: error.message };
  const reason = error instanceof ConfigError ? 'ConfigInvalid' : 'Internal';
  return { result: 'Unavailable', reason, message: messageOf(error) };
}

/**
 * Leaves `report` in the termination message, logs it, and returns the exit code that goes with it.
 * @param metrics names of those that are asked for
 */
export async function finish(report: ValidationReport, file: string, metrics: readonly string[] = []): Promise<number> {
  const { result, reason, message } = report;
  log(result === 'Passed' ? 'info' : 'error', 'finished', { result, reason, message });
  try {
    await writeFile(file, fitted(report, metrics));
  } catch (error) {
    // The exit code still says it.
    log('warn', 'termination message not written', { error: messageOf(error) });
  }
  return { Passed: EXIT.ok, Unavailable: EXIT.unavailable, Invalid: EXIT.invalid }[result];
}

/**
 * A report cut in the middle would be none, so parts are left out, and the operator says that it lacks them: the message's end,
 * the lineage, the metrics that nobody asks for, most of the samples of ids, the contract, all metrics, more of the message.
 * @param metrics names of those that are asked for
 */
export function fitted(report: ValidationReport, metrics: readonly string[] = []): string {
  const short = { ...report, message: report.message.slice(0, MAX_MESSAGE_LENGTH) };
  const { lineage: _toldElsewhere, ...judged } = short;
  const asked = withMetrics(judged, metrics);
  const { contract: _tooLong, ...figures } = asked;
  const { metrics: _tooMany, ...bare } = figures;
  // A character takes up to six bytes once it is escaped.
  const last = { ...bare, message: bare.message.slice(0, MAX_MESSAGE_LENGTH / 2) };
  const sampled = SHORTER_SAMPLES.map((hashes) => withSamples(asked, hashes));
  const texts = [short, judged, asked, ...sampled, figures, bare, last].map((each) => JSON.stringify(each));
  return texts.find((text) => Buffer.byteLength(text) <= MAX_REPORT_BYTES) ?? '';
}

function withMetrics({ metrics = {}, ...report }: ValidationReport, names: readonly string[]): ValidationReport {
  const asked = Object.entries(metrics).filter(([name]) => names.includes(name));
  return asked.length === 0 ? report : { ...report, metrics: Object.fromEntries(asked) };
}

/** Hashes that say as much of a set as can be said in so little room: with 40 the standard error of a coverage is 8% at most. */
const SHORTER_SAMPLES = [CONTRACT_SAMPLE / 2, CONTRACT_SAMPLE / 4];
const HASH_BYTES = 4;

function withSamples(report: ValidationReport, hashes: number): ValidationReport {
  const { contract } = report;
  if (!contract) return report;
  // The smallest hashes come first: whatever number of them is a sample too.
  const shorter = ({ count, sample }: IdSet): IdSet => {
    const bytes = Buffer.from(sample, 'base64').subarray(0, hashes * HASH_BYTES);
    return { count, sample: bytes.toString('base64') };
  };
  const { items, users } = contract;
  return { ...report, contract: { ...contract, items: shorter(items), ...(users ? { users: shorter(users) } : {}) } };
}
