import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { BundleFailure } from '../bundle/failure.ts';
import { reportOf } from '../bundle/report.ts';
import type { LoadConfig } from '../config/load.ts';
import type { ValidationReport } from '../contract/report.ts';
import { isOutOfMemory } from '../scoring/failures.ts';
import { giveLoad, longestOf, type Serving } from './give-load.ts';
import { outOfMemorySentence } from './out-of-memory.ts';

/** What the process that tries says: where it serves, and at last what it found. */
type TrialMessage = Serving | ValidationReport;

const TRIAL = fileURLToPath(new URL('./trial.ts', import.meta.url));
/** Loading may take two minutes, and golden requests five seconds each. */
const WITHIN_MS = 4 * 60_000;
/** Of what it writes to standard error, characters. */
const MAX_WORDS = 16_384;
const KIB = 1024;
const MIB = 1024 * KIB;
const LEAST_BYTES = 192 * MIB;
/** Of a thread's stack the system counts the size it may reach, not the few pages it takes. */
const STACKS_BYTES = 12 * 8 * MIB;

interface Bounds {
  /** Memory for the process that tries, bytes; absent = all of what is left to this one. */
  bytes?: number;
  /** Absent = the model is not measured. */
  load?: LoadConfig | undefined;
}

/**
 * Tries the fetched bundle in `dir` in a process of its own, whose memory is bounded: a graph of a few bytes can ask
 * for any amount when it is loaded, and one that the kernel ends for it leaves no report. The load comes from here, so
 * that making it takes nothing from the process that is measured.
 */
export async function tryBounded(dir: string, { bytes = memoryLeft(), load }: Bounds = {}): Promise<ValidationReport> {
  const kib = Math.floor((Math.max(bytes, LEAST_BYTES) + reservedBytes()) / KIB);
  const command = ['-c', `ulimit -d ${kib} && exec "$@"`, 'sh', process.execPath, TRIAL, dir, ...(load ? ['measured'] : [])];
  const timeout = WITHIN_MS + (load ? longestOf(load) : 0);
  const child = spawn('/bin/sh', command, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], timeout, killSignal: 'SIGKILL' });
  return new Promise((resolve) => {
    let report: ValidationReport | undefined;
    let words = '';
    const failed = (error: Error) => resolve(reportOf(new BundleFailure('Internal', `The model could not be tried: ${error.message}.`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(0, MAX_WORDS)));
    child.on('message', (message: TrialMessage) => {
      if ('result' in message) report = message;
      else if (load) giveLoad(child, message, load).catch(failed);
    });
    child.on('error', failed);
    child.on('close', (code, signal) => resolve(report ?? reportOf(lost(signal ?? `exit code ${code}`, words, child.killed))));
  });
}

/** It ended without a report, which proves nothing about the bundle. */
function lost(how: string, words: string, isLate: boolean): BundleFailure {
  if (isLate) return new BundleFailure('OutOfTime', `The model could not be tried within ${WITHIN_MS / 60_000} min.`);
  if (isOutOfMemory(words)) return new BundleFailure('OutOfMemory', outOfMemorySentence(words));
  return new BundleFailure(
    'Crashed',
    `The process that tried the model ended (${how}): the model crashes onnxruntime, or needs more memory than is available.`,
  );
}

/** What the container, or else the machine, may use beyond this process. */
function memoryLeft(): number {
  return Math.min(process.constrainedMemory(), totalmem()) - process.memoryUsage.rss();
}

/**
 * What a Node process with one worker thread reserves and does not use: each of the two isolates maps a range for
 * compiled code, the same size as this process's.
 */
function reservedBytes(): number {
  return 2 * codeRangeBytes() + STACKS_BYTES;
}

function codeRangeBytes(): number {
  const ranges = readFileSync('/proc/self/maps', 'utf8').matchAll(/^([0-9a-f]+)-([0-9a-f]+) rwxp/gm);
  return [...ranges].reduce((sum, [, from = '', to = '']) => sum + parseInt(to, 16) - parseInt(from, 16), 0);
}
