import { writeFile } from 'node:fs/promises';

import { ConfigError } from '../config.ts';
import { EXIT } from '../contract.ts';
import type { ValidationReport } from '../contract.ts';
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

/** Leaves `report` in the termination message, logs it, and returns the exit code that goes with it. */
export async function finish(report: ValidationReport, file: string): Promise<number> {
  const { result, reason, message } = report;
  log(result === 'Passed' ? 'info' : 'error', 'bundle', { result, reason, message });
  try {
    await writeFile(file, fitted(report));
  } catch (error) {
    // The exit code still says it.
    log('warn', 'no-termination-message', { message: messageOf(error) });
  }
  return { Passed: EXIT.ok, Unavailable: EXIT.unavailable, Invalid: EXIT.invalid }[result];
}

/**
 * A report cut in the middle would be none, so whole parts are left out, and the operator says that it lacks them: the
 * message's end, the lineage, the metrics, the contract, more of the message.
 */
export function fitted(report: ValidationReport): string {
  const short = { ...report, message: report.message.slice(0, MAX_MESSAGE_LENGTH) };
  const { lineage: _toldElsewhere, ...judged } = short;
  const { metrics: _tooMany, ...rest } = judged;
  const { contract: _tooLong, ...bare } = rest;
  // A character takes up to six bytes once it is escaped.
  const last = { ...bare, message: bare.message.slice(0, MAX_MESSAGE_LENGTH / 2) };
  const texts = [short, judged, rest, bare, last].map((each) => JSON.stringify(each));
  return texts.find((text) => Buffer.byteLength(text) <= MAX_REPORT_BYTES) ?? '';
}
