import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { binaryPath, ensureBinaries, moduleDir } from './binaries.mjs';
import { clusterPackages, downloadPackages, ensurePackages, servingPackages } from './debian.mjs';
import { SetupFailure } from './failure.mjs';
import { demand } from './machine.mjs';
import { ensureNodeModules, pinnedNode } from './node-modules.mjs';
import { cacheDir, checkout } from './paths.mjs';
import { ensurePython, pythonPath } from './python.mjs';
import { apiBinaries, clusterBinaries, servingBinaries } from './recipe.mjs';
import { runSuite, sum } from './suites.mjs';

const suites = ['unit', 'serving', 'apiserver'].map((name) => () => runSuite(node, name, []));

/** Task → what it needs and what it runs. `check` and `run` resolve to an exit code; with another than 0 from `check` it is over. */
const tasks = {
  demo: { check: (args) => node(['tools/demo/check.ts', ...args]), needs: (args) => (usesOtherCluster(args) ? [] : ['cluster']), run: (args) => node(['tools/demo/main.ts', ...args]) },
  cluster: { needs: () => ['cluster'], run: (args) => node(['tools/cluster/main.ts', ...args]) },
  'test:unit': { needs: () => [], run: (args) => report([() => runSuite(node, 'unit', args)]) },
  'test:serving': { needs: () => ['serving'], run: (args) => report([() => runSuite(node, 'serving', args)]) },
  'test:apiserver': { needs: () => ['api', 'prometheus'], run: (args) => report([() => runSuite(node, 'apiserver', args)]) },
  'test:e2e': { needs: () => ['cluster', 'stores'], run: (args) => report([() => endToEnd(args)]) },
  test: { needs: () => ['serving', 'api', 'cluster'], run: () => report([...suites, () => endToEnd([])]) },
  'bench:serving': { needs: () => ['competitors'], run: (args) => node(['tests/bench/serving/main.ts', ...fastapi(), ...args]) },
  'bench:delivery': { needs: (args) => (args.join() === 'shadow' ? [] : ['cluster']), run: (args) => node(['tests/bench/delivery/main.ts', ...args]) },
  helm: { needs: () => ['helm'], run: (args) => execute(binaryPath('helm'), args) },
  kubectl: { needs: () => ['api'], run: (args) => execute(binaryPath('kubectl'), args) },
  npm: { needs: () => [], run: (args) => execute('npm', ['run', '--silent', ...args]) },
};

// Absent where it could not be installed.
const fastapi = () => [pythonPath('bench')].flatMap((python) => (python ? ['--python', python] : []));

export const taskNames = Object.keys(tasks);

/** Whether the demo was told to use a cluster that exists already. */
export function usesOtherCluster(args) {
  return args.some((arg) => arg === '--context' || arg.startsWith('--context=') || arg === '--help');
}

/** @returns {Promise<number>} the task's exit code */
export async function runTask(name, args) {
  const task = tasks[name];
  if (!task) throw new SetupFailure(`There is no task “${name ?? ''}”: use one of ${taskNames.join(', ')}.`);
  const needs = task.needs(args);
  demand(cacheDir, { root: needs.includes('cluster') });
  await ensureNodeModules();
  const isWrong = await task.check?.(args);
  if (isWrong) return isWrong;
  for (const need of needs) await provide[need]();
  return task.run(args);
}

const provide = {
  helm: () => ensureFrom(['helm']),
  // Redis and an S3 server, on the machine itself.
  stores: async () => {
    await ensurePackages(servingPackages);
    await ensureFrom(servingBinaries);
  },
  serving: async () => {
    await provide.stores();
    await ensurePython('tests');
  },
  // The benchmark is worth running without the Python servers too.
  competitors: () => ensurePython('bench').catch((error) => console.log(`set-up: the benchmark goes on without FastAPI. ${error.message}`)),
  // Whoever has set KUBEBUILDER_ASSETS brings their own etcd, kube-apiserver and kubectl.
  api: () => (process.env.KUBEBUILDER_ASSETS ? undefined : ensureFrom(apiBinaries)),
  prometheus: () => ensureFrom(['prometheus']),
  cluster: async () => {
    await ensurePackages(clusterPackages);
    await ensureFrom(clusterBinaries);
  },
};

async function ensureFrom(names) {
  await ensurePackages(process.getuid?.() === 0 ? downloadPackages : {});
  await ensureBinaries(names);
}

const node = (args) => execute(pinnedNode, args);

/** Runs a command on this terminal, with the pinned Node and the cluster's binaries first on PATH. */
function execute(command, args) {
  const folders = [dirname(pinnedNode), ...['kubernetes', 'helm'].map(moduleDir), process.env.PATH, '/usr/sbin', '/sbin'];
  const env = {
    ...process.env,
    PATH: folders.join(delimiter),
    KUBEBUILDER_ASSETS: process.env.KUBEBUILDER_ASSETS || moduleDir('kubernetes'),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: checkout, env, stdio: 'inherit' });
    // The terminal sends Ctrl-C to the child too; it decides what to do about it.
    const wait = () => undefined;
    const pass = () => child.kill('SIGTERM');
    process.on('SIGINT', wait);
    process.on('SIGTERM', pass);
    child.on('error', (error) => reject(new SetupFailure(`${command} cannot be started: ${error.message}.`)));
    child.on('close', (code, signal) => {
      process.off('SIGINT', wait);
      process.off('SIGTERM', pass);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

// What all of the tests did to the cluster is replayed against what releases promise, and counts as one more test.
async function endToEnd(args) {
  const run = async () => {
    const from = new Date().toISOString();
    const tests = await runSuite(node, 'e2e', args);
    const holds = (await node(['tools/replay/main.ts', from])) === 0;
    return sum([tests, holds ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, failures: ['the replay found what must not be, see above'] }]);
  };
  return onCluster(run, { passed: 0, failed: 1, failures: ['the local cluster did not get up, see above'] });
}

/** Runs with the local cluster up, which goes down again afterwards if it was down before. `otherwise`: where it does not get up. */
async function onCluster(run, otherwise = 1) {
  const wasUp = (await node(['tools/cluster/main.ts', 'status', '--quiet'])) === 0;
  if ((await node(['tools/cluster/main.ts', 'up'])) !== 0) return otherwise;
  try {
    return await run();
  } finally {
    if (!wasUp) await node(['tools/cluster/main.ts', 'down']);
  }
}

// Runs the suites one after the other; what failed is told once more at the end, and the counts of all of them are the last line.
async function report(suites) {
  const tallies = [];
  for (const suite of suites) tallies.push(await suite());
  const { passed, failed, failures } = sum(tallies);
  for (const failure of failures) console.log(`failed: ${failure}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
