import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { fileTimes } from './times.mjs';

const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];

const notUnit = ['--testPathIgnorePatterns', '/node_modules/', '<rootDir>/tests/'];

// The files of a suite with two workers share nothing: no port, no folder, no server.
const workers = { unit: '--maxWorkers=2', serving: '--maxWorkers=2', apiserver: '--maxWorkers=2', e2e: '--runInBand' };

/**
 * Arguments that make jest run a suite, or the part of it that `rest` names.
 * @param {'unit' | 'serving' | 'apiserver' | 'e2e'} name
 * @param {string[]} rest options of jest, and parts of file names
 */
export function jestArguments(name, rest) {
  const options = rest.filter((arg) => arg.startsWith('-'));
  const files = rest.filter((arg) => !arg.startsWith('-'));
  if (name === 'unit') return [workers.unit, ...notUnit, ...options, ...files.flatMap((file) => ['--testPathPatterns', file])];
  const patterns = files.length > 0 ? files.map((file) => `tests/${name}/.*${file}`) : [`tests/${name}/`];
  const workersOf = options.some((option) => option.startsWith('--maxWorkers=')) ? [] : [workers[name]];
  return [...workersOf, ...options, ...patterns.flatMap((pattern) => ['--testPathPatterns', pattern])];
}

/** @typedef {import('./times.mjs').FileTime} FileTime */

/**
 * `failures`: a line for each test that failed.
 * @typedef {{passed: number, failed: number, failures?: string[], files?: FileTime[]}} Tally
 */

/** @typedef {{fullName: string, status: string, failureMessages: string[]}} TestReport */
/** @typedef {{name: string, status: string, message: string, assertionResults: TestReport[]}} FileReport */
/** @typedef {{numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number}} Numbers */

/**
 * Counts of one jest run. A suite that does not load, an interrupted run and a run without tests are failures too.
 * @param {Numbers & {success: boolean, testResults: FileReport[]} | undefined} report
 * @returns {Tally}
 */
export function tally(report) {
  if (!report) return { passed: 0, failed: 1, failures: ['the tests ended without a report'] };
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  const failures = report.testResults.flatMap(failuresOf);
  if (failed === 0 && (passed === 0 || !report.success)) {
    return { passed, failed: 1, failures: [...failures, 'the tests were cut short, or there were none'] };
  }
  return { passed, failed, failures };
}

/**
 * A file fails without a test that does when it cannot be loaded, and when what it does after its tests fails.
 * @param {FileReport} report
 */
function failuresOf({ name, status: ofFile, message, assertionResults }) {
  const file = basename(name);
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  if (ofFile === 'failed' && failed.length === 0) return [`${file}: ${inOneLine(message)}`];
  return failed.map(({ fullName, failureMessages: [why = ''] }) => `${file}: ${fullName}: ${inOneLine(why)}`);
}

/**
 * What comes before the stack of an error, in one line and not all of it.
 * @param {string} text in the colours of a terminal
 */
const inOneLine = (text) => stripVTControlCharacters(text).split(/\n\s+at /, 1)[0]?.replace(/\s+/g, ' ').trim().slice(0, 300) ?? '';

/** @param {Tally[]} tallies */
export function sum(tallies) {
  /** @param {'passed' | 'failed'} of */
  const total = (of) => tallies.reduce((sofar, tally) => sofar + tally[of], 0);
  return {
    passed: total('passed'),
    failed: total('failed'),
    failures: tallies.flatMap(({ failures = [] }) => failures),
    files: tallies.flatMap(({ files = [] }) => files),
  };
}

/**
 * Runs one suite with jest; its report goes to the terminal.
 * @param {(args: string[]) => Promise<number>} node runs the pinned Node with these arguments
 * @param {'unit' | 'serving' | 'apiserver' | 'e2e'} name
 * @param {string[]} rest see jestArguments
 * @returns {Promise<Tally>}
 */
export async function runSuite(node, name, rest) {
  const folder = mkdtempSync(join(tmpdir(), 'recommender-tests-'));
  const report = join(folder, 'report.json');
  try {
    await node([...jest, '--json', '--outputFile', report, ...jestArguments(name, rest)]);
    const read = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
    return { ...tally(read), files: read ? fileTimes(name, read.testResults) : [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
