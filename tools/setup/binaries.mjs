import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { downloadPackages, ensurePackages } from './debian.mjs';
import { ensureGo } from './go.mjs';
import { demand } from './machine.mjs';
import { cacheDir, checkout } from './paths.mjs';
import { builds, copies, stamp, tags } from './recipe.mjs';
import { run, step } from './steps.mjs';

// Measured: Go's module cache 4 GB, its build cache 5 GB, the binaries 1 GB, images 4 GB.
const buildSpaceGB = 14;

const source = join(checkout, 'tools/cluster/go');

/** Where the binaries are: the name changes with every pinned version and build flag. */
export const binaryDir = join(cacheDir, 'binaries', recipeHash());

function recipeHash() {
  const hash = createHash('sha256').update(JSON.stringify([builds, copies, stamp, tags, buildFlags()]));
  const entries = readdirSync(source, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const file of files) hash.update(file.slice(source.length)).update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

/** Absolute path of a binary or copied file of the recipe, whether or not it has been built. */
export const binaryPath = (name) => join(binaryDir, name);

/** Builds those of the named binaries that the cache does not have; needs Go only then. */
export async function ensureBinaries(names) {
  const isMissing = (name) => !existsSync(binaryPath(name));
  const missing = names.filter(isMissing);
  const missingCopies = Object.keys(copies).filter((name) => names.includes(copies[name].with) && isMissing(name));
  if (missing.length + missingCopies.length === 0) return;
  demand(cacheDir, { freeGB: buildSpaceGB });
  await ensurePackages(process.getuid?.() === 0 ? downloadPackages : {});
  const go = await ensureGo();
  mkdirSync(binaryDir, { recursive: true });
  if (missing.length > 0) await build(go, missing);
  for (const name of missingCopies) await copy(go, name);
}

const about = (go, what, log) => ({
  what,
  source: 'The Go module proxy',
  log,
  cwd: source,
  env: { ...go.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off', GOTOOLCHAIN: 'local' },
});

function buildFlags() {
  const ldflags = ['-s', '-w', ...stamp.flatMap((pair) => ['-X', pair])].join(' ');
  // Nobody debugs these programs: they are compiled without tables for debuggers, which is quicker.
  return ['-trimpath', '-tags', tags.join(), '-gcflags', 'all=-dwarf=false', '-ldflags', ldflags];
}

// All at once: they share most of what there is to compile, and one is linked while another is compiled.
async function build(go, names) {
  // Its own: another checkout may be building the same.
  const unfinished = mkdtempSync(join(binaryDir, 'unfinished-'));
  const [first, second, ...others] = names;
  const title = `building ${others.length > 1 ? `${first}, ${second} and ${others.length} other programs` : names.join(' ')}`;
  await step(title, async (note) => {
    let packages = 0;
    // -v prints a line for each package: a measure of how far the build is.
    const args = ['build', '-v', ...buildFlags(), '-o', `${unfinished}/`, ...names.map((name) => builds[name])];
    const onLine = (line) => note(/^go: downloading/.test(line) ? 'downloading modules' : `${(packages += 1)} packages`);
    try {
      await run(go.command, args, { ...about(go, title, 'build'), onLine });
      for (const name of names) renameSync(join(unfinished, executable(builds[name])), binaryPath(name));
    } finally {
      rmSync(unfinished, { recursive: true });
    }
  });
}

/** What Go calls the program of a package: by its last folder, or the one before where that is a major version. */
export function executable(path) {
  const [last, before] = path.split('/').reverse();
  return /^v[2-9]$/.test(last) ? before : last;
}

async function copy(go, name) {
  const { from, path } = copies[name];
  const where = about(go, `finding ${from}`, `copy-${name}`);
  await run(go.command, ['mod', 'download', from], where);
  const folder = (await run(go.command, ['list', '-m', '-f', '{{.Dir}}', from], where)).trim().split('\n').at(-1);
  copyFileSync(join(folder, path), `${binaryPath(name)}.new`);
  chmodSync(`${binaryPath(name)}.new`, 0o644);
  renameSync(`${binaryPath(name)}.new`, binaryPath(name));
}
