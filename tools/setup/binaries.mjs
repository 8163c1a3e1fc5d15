import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { downloadPackages, ensurePackages } from './debian.mjs';
import { ensureGo } from './go.mjs';
import { demand } from './machine.mjs';
import { cacheDir, checkout } from './paths.mjs';
import { builds, copies, modules } from './recipe.mjs';
import { run, step, together } from './steps.mjs';

// Measured: Go's module cache 4 GB, its build cache 5 GB, the binaries 1 GB, images 4 GB.
const buildSpaceGB = 14;

const moduleSource = (module) => join(checkout, 'tools/cluster/go', module);

/** Where a module's binaries are: the name changes with every pinned version and build flag. */
export function moduleDir(module) {
  const hash = createHash('sha256');
  for (const file of readdirSync(moduleSource(module)).sort()) hash.update(readFileSync(join(moduleSource(module), file)));
  hash.update(JSON.stringify([modules[module], Object.entries(builds).filter(([, build]) => build.module === module)]));
  return join(cacheDir, 'binaries', `${module}-${hash.digest('hex').slice(0, 12)}`);
}

/** Absolute path of a binary or copied file of the recipe, whether or not it has been built. */
export function binaryPath(name) {
  return join(moduleDir((builds[name] ?? copies[name]).module), name);
}

/** Builds those of the named binaries that the cache does not have; needs Go only then. */
export async function ensureBinaries(names) {
  const wanted = missingByModule(names);
  if (wanted.length === 0) return;
  demand(cacheDir, { freeGB: buildSpaceGB });
  await ensurePackages(process.getuid?.() === 0 ? downloadPackages : {});
  const go = await ensureGo();
  // Compiling keeps all cores at work, so that two modules at once would only be in each other's way; downloads are not.
  let compiled = Promise.resolve();
  await together(wanted.map((module) => async () => {
    const earlier = compiled;
    const downloaded = download(go, module);
    compiled = Promise.all([earlier, downloaded]).then(() => build(go, module));
    await compiled;
    for (const name of module.copies) await copy(go, name);
  }));
}

/** @returns {{module: string, binaries: string[], copies: string[]}[]} modules of which something is missing, in the order of the recipe */
function missingByModule(names) {
  const isMissing = (name) => !existsSync(binaryPath(name));
  const isNeeded = (module) => names.some((binary) => builds[binary].module === module);
  return Object.keys(modules)
    .map((module) => ({
      module,
      binaries: names.filter((name) => builds[name].module === module && isMissing(name)),
      copies: Object.keys(copies).filter((name) => copies[name].module === module && isNeeded(module) && isMissing(name)),
    }))
    .filter(({ binaries, copies }) => binaries.length + copies.length > 0);
}

const goEnv = (go) => ({ ...go.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off', GOTOOLCHAIN: 'local' });

function about(go, module, what) {
  return { what: `${what} ${module}`, source: 'The Go module proxy', log: `${what}-${module}`, cwd: moduleSource(module), env: goEnv(go) };
}

// To know what there is to compile, Go reads all of it: that brings exactly the modules that are needed.
function download(go, { module, binaries }) {
  const args = ['list', '-deps', '-tags', modules[module].tags ?? '', '-f', '{{.Name}}', ...binaries.map((name) => builds[name].package)];
  return run(go.command, args, about(go, module, 'downloading'));
}

/** Builds all of a module's binaries at once, because they share most of what there is to compile. */
async function build(go, { module, binaries }) {
  if (binaries.length === 0) return;
  const { stamp = [], tags = '' } = modules[module];
  const unfinished = join(moduleDir(module), 'unfinished/');
  mkdirSync(unfinished, { recursive: true });
  const ldflags = ['-s', '-w', ...stamp.flatMap((pair) => ['-X', pair])].join(' ');
  // -v prints a line for each package: a measure of how far the build is. Nobody debugs these: no tables for debuggers.
  const args = ['build', '-v', '-trimpath', '-tags', tags, '-gcflags', 'all=-dwarf=false', '-ldflags', ldflags, '-o', unfinished];
  await step(`building ${binaries.join(' ')}`, async (note) => {
    let packages = 0;
    const onLine = () => note(`${(packages += 1)} packages`);
    await run(go.command, [...args, ...binaries.map((name) => builds[name].package)], { ...about(go, module, 'building'), onLine });
    for (const name of binaries) renameSync(join(unfinished, executable(builds[name].package)), binaryPath(name));
    rmSync(unfinished, { recursive: true });
  });
}

/** What Go calls the program of a package: by its last folder, or the one before where that is a major version. */
export function executable(path) {
  const [last, before] = path.split('/').reverse();
  return /^v[2-9]$/.test(last) ? before : last;
}

async function copy(go, name) {
  const { module, from, path } = copies[name];
  const source = (await run(go.command, ['list', '-m', '-f', '{{.Dir}}', from], about(go, module, 'finding'))).trim().split('\n').at(-1);
  mkdirSync(moduleDir(module), { recursive: true });
  const target = binaryPath(name);
  copyFileSync(join(source, path), `${target}.new`);
  chmodSync(`${target}.new`, 0o644);
  renameSync(`${target}.new`, target);
}
