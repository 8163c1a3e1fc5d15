import { binaryPath } from './binaries.mjs';
import { chartCheck, codeChecks, runChecks } from './checks.mjs';
import { endToEnd } from './endToEnd.mjs';
import { execute, node } from './execute.mjs';
import { SetupFailure } from './failure.mjs';
import { demand } from './machine.mjs';
import { bring } from './needs.mjs';
import { ensureNodeModules } from './node-modules.mjs';
import { cacheDir } from './paths.mjs';
import { pythonPath } from './python.mjs';
import { runSuite, sum } from './suites.mjs';
import { timeLines } from './times.mjs';

/** Suite → runs it whole, or the part of it that the arguments name. */
const suites = {
  unit: (args) => runSuite(node, 'unit', args),
  serving: (args) => runSuite(node, 'serving', args),
  apiserver: (args) => runSuite(node, 'apiserver', args),
  e2e: (args) => endToEnd(node, args),
};

const allNeeds = ['stores', 'exporters', 'api', 'cluster'];

/**
 * Task → what it needs and what it runs. `check` and `run` resolve to an exit code; with another than 0 from `check` it is over.
 * A task without `needs` brings by itself what it needs.
 */
const tasks = {
  demo: {
    check: (args) => node(['tools/demo/check.ts', ...args]),
    needs: (args) => (usesOtherCluster(args) ? [] : ['cluster']),
    run: (args) => node(['tools/demo/main.ts', ...args]),
  },
  cluster: { needs: () => ['cluster'], run: (args) => node(['tools/cluster/main.ts', ...args]) },
  'test:unit': { needs: () => [], run: (args, setUpMs) => test(['unit'], args, setUpMs) },
  'test:serving': { needs: () => ['stores', 'exporters'], run: (args, setUpMs) => test(['serving'], args, setUpMs) },
  'test:apiserver': { needs: () => ['api', 'prometheus', 'helm'], run: (args, setUpMs) => test(['apiserver'], args, setUpMs) },
  'test:e2e': { needs: () => ['cluster', 'stores'], run: (args, setUpMs) => test(['e2e'], args, setUpMs) },
  test: { needs: () => allNeeds, run: (_, setUpMs) => test(Object.keys(suites), [], setUpMs) },
  ci: { run: () => ci() },
  'bench:serving': { needs: () => ['competitors'], run: (args) => node(['tests/bench/serving/main.ts', ...fastapi(), ...args]) },
  'bench:delivery': {
    needs: (args) => (args.join() === 'shadow' ? [] : ['cluster']),
    run: (args) => node(['tests/bench/delivery/main.ts', ...args]),
  },
  helm: { needs: () => ['helm'], run: (args) => execute(binaryPath('helm'), args) },
  kubectl: { needs: () => ['api'], run: (args) => execute(binaryPath('kubectl'), args) },
  npm: { needs: () => [], run: (args) => execute('npm', ['run', '--silent', ...args]) },
};

// Absent where it could not be installed.
const fastapi = () => [pythonPath('bench')].flatMap((python) => (python ? ['--python', python] : []));

const taskNames = Object.keys(tasks);

/** Whether the demo was told to use a cluster that exists already. */
export function usesOtherCluster(args) {
  return args.some((arg) => arg === '--context' || arg.startsWith('--context=') || arg === '--help');
}

/** @returns {Promise<number>} the task's exit code */
export async function runTask(name, args) {
  const task = tasks[name];
  if (!task) throw new SetupFailure(`There is no task “${name ?? ''}”: use one of ${taskNames.join(', ')}.`);
  const start = Date.now();
  const needs = task.needs?.(args);
  if (needs) {
    demand(cacheDir, { root: needs.includes('cluster') });
    if (task.check) {
      await ensureNodeModules();
      const isWrong = await task.check(args);
      if (isWrong) return isWrong;
    }
    await bring(needs);
  }
  return task.run(args, Date.now() - start);
}

const test = async (names, args, setUpMs) => close(await runSuites(names, args, ['set-up', setUpMs]));

// One after the other, and then where the time went.
async function runSuites(names, args, before) {
  const tallies = [];
  const stages = [before];
  for (const name of names) {
    const start = Date.now();
    tallies.push(await suites[name](args));
    stages.push([name, Date.now() - start]);
  }
  const all = sum(tallies);
  for (const line of timeLines(stages, all.files)) console.log(line);
  return all;
}

// What failed is told once more at the end, and the counts of all of it are the last line.
function close({ passed, failed, failures }) {
  for (const failure of failures) console.log(`failed: ${failure}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/**
 * Everything that must hold before a change goes in: each check and each test counts, and so does a set-up that fails.
 * @returns {Promise<number>} exit code
 */
async function ci() {
  const start = Date.now();
  const tallies = [];
  try {
    demand(cacheDir, { root: true });
    await bring(allNeeds, async () => tallies.push(await runChecks(codeChecks)));
    tallies.push(await runChecks([chartCheck()]));
    console.log('== tests');
    tallies.push(await runSuites(Object.keys(suites), [], ['set-up and checks', Date.now() - start]));
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    console.error(`Error: ${error.message}`);
    tallies.push({ passed: 0, failed: 1, failures: ['the set-up, see above'] });
  }
  return close(sum(tallies));
}
