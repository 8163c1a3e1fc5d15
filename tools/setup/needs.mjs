import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBinaries } from './binaries.mjs';
import { clusterPackages, ensurePackages, servingPackages } from './debian.mjs';
import { ensureNodeModules, pinnedNode } from './node-modules.mjs';
import { cacheDir, checkout } from './paths.mjs';
import { ensurePython } from './python.mjs';
import { apiBinaries, clusterBinaries, servingBinaries } from './recipe.mjs';
import { run, step, together } from './steps.mjs';

/**
 * What a task may need of this machine, besides node_modules.
 * @type {Record<string, () => {packages?: Record<string, string>, binaries?: string[], more?: () => Promise<unknown>}>}
 */
const needs = {
  helm: () => ({ binaries: ['helm'] }),
  // Redis and an S3 server, on the machine itself.
  stores: () => ({ packages: servingPackages, binaries: servingBinaries }),
  exporters: () => ({ more: () => ensurePython('tests') }),
  // The benchmark is worth running without the Python servers too.
  competitors: () => ({
    more: () => ensurePython('bench').catch((error) => console.log(`set-up: the benchmark goes on without FastAPI. ${error.message}`)),
  }),
  // Whoever has set KUBEBUILDER_ASSETS brings their own etcd, kube-apiserver and kubectl.
  api: () => ({ binaries: process.env.KUBEBUILDER_ASSETS ? [] : apiBinaries }),
  prometheus: () => ({ binaries: ['prometheus'] }),
  cluster: () => ({ packages: clusterPackages, binaries: clusterBinaries }),
};

/**
 * Brings what is missing, all of it at the same time.
 * @param {string[]} names of needs
 * @param {() => Promise<unknown>} [besides] needs node_modules alone, and is done as soon as they are there
 * @throws {import('./failure.mjs').SetupFailure} for what fails first; the rest is stopped then
 */
export async function bring(names, besides) {
  const wanted = names.map((name) => needs[name]());
  const modules = once(ensureNodeModules);
  const packages = once(() => ensurePackages(Object.assign({}, ...wanted.map((need) => need.packages))));
  await together([
    modules,
    // Begins with what it needs of Debian, before all other packages.
    () => ensureBinaries([...new Set(wanted.flatMap(({ binaries = [] }) => binaries))]),
    packages,
    ...wanted.flatMap(({ more }) => more ?? []),
    async () => {
      await modules();
      await besides?.();
    },
    async () => {
      await Promise.all([modules(), packages()]);
      if (names.includes('cluster')) await ensureFirstImages();
    },
  ]);
}

// Later changes of the sources are built where the images are wanted: that takes seconds.
async function ensureFirstImages() {
  if (existsSync(join(cacheDir, 'buildah'))) return;
  await step('building the images', (note) =>
    run(pinnedNode, ['tools/cluster/main.ts', 'build'], {
      what: 'building the images',
      source: 'The Debian archive or the npm registry',
      log: 'images',
      cwd: checkout,
      onLine: (line) => note(line.replace(/^cluster: | \(\S+ s\)$/g, '')),
    }),
  );
}

function once(work) {
  let promise;
  return () => (promise ??= work());
}
