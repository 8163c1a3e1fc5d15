import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];

const notUnit = ['--testPathIgnorePatterns', '/node_modules/', '<rootDir>/tests/'];

/**
 * Arguments that make jest run a suite, or the part of it that `rest` names.
 * @param {'unit' | 'serving' | 'apiserver' | 'e2e'} name
 * @param {string[]} rest options of jest, and parts of file names
 */
export function jestArguments(name, rest) {
  const options = rest.filter((arg) => arg.startsWith('-'));
  const files = rest.filter((arg) => !arg.startsWith('-'));
  if (name === 'unit') return [...notUnit, ...options, ...files.flatMap((file) => ['--testPathPatterns', file])];
  const patterns = files.length > 0 ? files.map((file) => `tests/${name}/.*${file}`) : [`tests/${name}/`];
  return ['--runInBand', ...options, ...patterns.flatMap((pattern) => ['--testPathPatterns', pattern])];
}

/** @typedef {{passed: number, failed: number}} Tally */

/**
 * Counts of one jest run. A suite that does not load, an interrupted run and a run without tests are failures too.
 * @param {{numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number, success: boolean} | undefined} report
 * @returns {Tally}
 */
export function tally(report) {
  if (!report) return { passed: 0, failed: 1 };
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { passed, failed: failed === 0 && (passed === 0 || !report.success) ? 1 : failed };
}

/** @param {Tally[]} tallies */
export function sum(tallies) {
  return tallies.reduce((total, one) => ({ passed: total.passed + one.passed, failed: total.failed + one.failed }), {
    passed: 0,
    failed: 0,
  });
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
    return tally(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
