import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];

/** Suite → the arguments that choose its test files. */
export const suites = {
  unit: ['--testPathIgnorePatterns', '/node_modules/', '<rootDir>/tests/'],
  apiserver: ['--maxWorkers=2', '--testPathPatterns', 'tests/apiserver/'],
  e2e: ['--runInBand', '--testPathPatterns', 'tests/e2e/'],
};

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
 * @param {keyof suites} name
 * @param {string[]} rest further arguments for jest, such as a file name
 * @returns {Promise<Tally>}
 */
export async function runSuite(node, name, rest) {
  const folder = mkdtempSync(join(tmpdir(), 'recommender-tests-'));
  const report = join(folder, 'report.json');
  try {
    await node([...jest, ...suites[name], '--json', '--outputFile', report, ...rest]);
    return tally(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
