import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './paths.mjs';
import { runSuite, sum } from './suites.mjs';

/** Files share the cluster, the operator and a store. Those that take some of it away from the others run alone. */
const lanes = [
  { folder: '', workers: 2 },
  { folder: 'alone/', workers: 1 },
];

/**
 * What jest is given for each lane: its options, and the files that the arguments name, or all.
 * @param {string[]} args options of jest, and parts of file names
 * @param {(folder: string) => string[]} filesIn names of the files in a folder of tests/e2e
 * @returns {string[][]} of the lanes that have something to do
 */
export function laneArguments(args, filesIn = (folder) => readdirSync(join(checkout, 'tests/e2e', folder))) {
  const options = args.filter((arg) => arg.startsWith('-'));
  const parts = args.filter((arg) => !arg.startsWith('-'));
  return lanes.flatMap(({ folder, workers }) => {
    const files = filesIn(folder).filter((file) => file.endsWith('.test.ts')).map((file) => `${folder}${file}`);
    const named = files.filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
    return named.length > 0 ? [[`--maxWorkers=${workers}`, ...options, ...named]] : [];
  });
}

/**
 * Runs the end-to-end tests on the local cluster. What all of them did to it is replayed against what releases promise, and counts
 * as one more test.
 * @param {(args: string[]) => Promise<number>} node runs the pinned Node
 * @param {string[]} args
 */
export function endToEnd(node, args) {
  const run = async () => {
    const from = new Date().toISOString();
    if ((await node(['tests/e2e/prepare.ts'])) !== 0) return failure('operator and store could not be installed, see above');
    const tallies = [];
    for (const lane of laneArguments(args)) tallies.push(await runSuite(node, 'e2e', lane));
    if (tallies.length === 0) return failure(`no file of tests/e2e has ${args.join(' or ')} in its name`);
    const holds = (await node(['tools/replay/main.ts', from])) === 0;
    return sum([...tallies, holds ? { passed: 1, failed: 0 } : failure('the replay found violations, see above')]);
  };
  return onCluster(node, run, failure('the local cluster did not start, see above'));
}

/** @param {string} why */
const failure = (why) => ({ passed: 0, failed: 1, failures: [why] });

/** Runs with the local cluster up, which goes down again afterwards if it was down before. `otherwise`: where it does not start. */
async function onCluster(node, run, otherwise) {
  const wasUp = (await node(['tools/cluster/main.ts', 'status', '--quiet'])) === 0;
  if ((await node(['tools/cluster/main.ts', 'up'])) !== 0) return otherwise;
  try {
    return await run();
  } finally {
    if (!wasUp) await node(['tools/cluster/main.ts', 'down']);
  }
}
