import { relative } from 'node:path';
import { checkout } from './paths.mjs';
import { duration } from './steps.mjs';

const SLOWEST = 15;

/** @typedef {{suite: string, file: string, ms: number}} FileTime how long jest took with a test file, loading included */

/**
 * @param {string} suite
 * @param {{name: string, startTime: number, endTime: number}[]} results `testResults` of jest's report
 * @returns {FileTime[]}
 */
export const fileTimes = (suite, results) =>
  results.map(({ name, startTime, endTime }) => ({ suite, file: relative(checkout, name), ms: endTime - startTime }));

/**
 * The lines that say where the time of a run went.
 * @param {[name: string, ms: number][]} stages set-up and suites, in the order in which they ran
 * @param {FileTime[]} files
 */
export function timeLines(stages, files) {
  const slowest = files.toSorted((one, other) => other.ms - one.ms).slice(0, SLOWEST);
  return [
    `times: ${stages.map(([name, ms]) => `${name} ${duration(ms)}`).join(', ')}`,
    ...(slowest.length > 0 ? [`the ${slowest.length} slowest of ${files.length} test files:`] : []),
    ...slowest.map(({ suite, file, ms }) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${suite.padEnd(9)}  ${file}`),
  ];
}
