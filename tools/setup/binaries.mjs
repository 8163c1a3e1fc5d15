import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ensureGo } from './go.mjs';
import { demand } from './machine.mjs';
import { cacheDir, checkout } from './paths.mjs';
import { builds, copies } from './recipe.mjs';
import { run, step } from './steps.mjs';

// Measured: Go's module cache 4 GB, its build cache 5 GB, the binaries 1 GB, images 4 GB.
const buildSpaceGB = 14;

const moduleSource = (module) => join(checkout, 'tools/cluster/go', module);

/** Where a module's binaries are: the name changes with every pinned version and build flag. */
export function moduleDir(module) {
  const hash = createHash('sha256');
  for (const file of readdirSync(moduleSource(module)).sort()) hash.update(readFileSync(join(moduleSource(module), file)));
  hash.update(JSON.stringify(Object.entries(builds).filter(([, build]) => build.module === module)));
  return join(cacheDir, 'binaries', `${module}-${hash.digest('hex').slice(0, 12)}`);
}

/** Absolute path of a binary or copied file of the recipe, whether or not it has been built. */
export function binaryPath(name) {
  return join(moduleDir((builds[name] ?? copies[name]).module), name);
}

/** Builds those of the named binaries that the cache does not have; needs Go only then. */
export async function ensureBinaries(names) {
  const missing = names.filter((name) => !existsSync(binaryPath(name)));
  const missingCopies = Object.keys(copies).filter(
    (name) => names.some((binary) => builds[binary].module === copies[name].module) && !existsSync(binaryPath(name)),
  );
  if (missing.length + missingCopies.length === 0) return;
  demand(cacheDir, { freeGB: buildSpaceGB });
  const go = await ensureGo();
  for (const name of missing) await build(go, name);
  for (const name of missingCopies) await copy(go, name);
}

const goEnv = (go) => ({ ...go.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off', GOTOOLCHAIN: 'local' });

async function build(go, name) {
  const { module, package: path, stamp = [], tags = '' } = builds[name];
  const target = binaryPath(name);
  mkdirSync(moduleDir(module), { recursive: true });
  const ldflags = ['-s', '-w', ...stamp.flatMap((pair) => ['-X', pair])].join(' ');
  // -v prints a line for each package: a measure of how far the build is.
  const args = ['build', '-v', '-p', '2', '-trimpath', '-tags', tags, '-ldflags', ldflags, '-o', `${target}.new`, path];
  await step(`building ${name}`, async (note) => {
    let packages = 0;
    await run(go.command, args, {
      what: `building ${name}`,
      source: 'The Go module proxy',
      log: `build-${name}`,
      cwd: moduleSource(module),
      env: goEnv(go),
      onLine: (line) => note(/^go: downloading/.test(line) ? 'downloading modules' : `${(packages += 1)} packages`),
    });
    renameSync(`${target}.new`, target);
  });
}

async function copy(go, name) {
  const { module, from, path } = copies[name];
  const about = { what: `finding ${from}`, source: 'The Go module proxy', log: `copy-${name}`, cwd: moduleSource(module), env: goEnv(go) };
  await run(go.command, ['mod', 'download', from], about);
  const source = (await run(go.command, ['list', '-m', '-f', '{{.Dir}}', from], about)).trim().split('\n').at(-1);
  mkdirSync(moduleDir(module), { recursive: true });
  const target = binaryPath(name);
  copyFileSync(join(source, path), `${target}.new`);
  chmodSync(`${target}.new`, 0o644);
  renameSync(`${target}.new`, target);
}
