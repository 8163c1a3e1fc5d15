import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, pythonPackages } from './debian.mjs';
import { SetupFailure } from './failure.mjs';
import { demand } from './machine.mjs';
import { cacheDir, checkout } from './paths.mjs';
import { run, step } from './steps.mjs';

/** Debian 12's, and the oldest that the pinned packages have wheels for. */
const oldest = [3, 11];

const requirementsFile = (name) => join(checkout, 'tools/setup/python', `requirements-${name}.txt`);

// An environment knows its own path, so it cannot be made beside its place and moved there: this file says that it is whole.
const wholeFile = (folder) => join(folder, 'complete');

function environment(name) {
  const hash = createHash('sha256').update(readFileSync(requirementsFile(name))).digest('hex');
  return join(cacheDir, `python-${name}-${hash.slice(0, 12)}`);
}

/**
 * The interpreter that sees the packages of tools/setup/python/requirements-NAME.txt.
 * @param {'tests' | 'bench'} name
 * @returns {string | undefined} absolute path; undefined before `ensurePython`
 */
export function pythonPath(name) {
  const folder = environment(name);
  const path = join(folder, 'bin/python');
  return existsSync(wholeFile(folder)) && existsSync(path) ? path : undefined;
}

/**
 * Makes the virtual environment of a requirements file, unless the cache has it.
 * @param {'tests' | 'bench'} name
 * @throws {SetupFailure} when there is no Python, or a package cannot be had
 */
export async function ensurePython(name) {
  if (pythonPath(name)) return;
  demand(cacheDir, { freeGB: 2 });
  const python = await interpreter();
  const folder = environment(name);
  rmSync(folder, { recursive: true, force: true });
  const about = { what: `installing the Python packages for ${name}`, source: 'PyPI', log: `python-${name}` };
  await step(`installing the Python packages for ${name}`, async (note) => {
    await run(python, ['-m', 'venv', folder], about);
    // Wheels only: building one would need a compiler and hours. Python compiles a module when it is first imported; most never are.
    const quick = ['--only-binary=:all:', '--no-deps', '--no-compile', '--disable-pip-version-check', '--progress-bar=off'];
    const args = ['-m', 'pip', 'install', ...quick, '-r', requirementsFile(name)];
    await run(join(folder, 'bin/python'), args, { ...about, onLine: (line) => note(line.trim().split(' ').slice(0, 2).join(' ')) });
    writeFileSync(`${wholeFile(folder)}.new`, '');
    renameSync(`${wholeFile(folder)}.new`, wholeFile(folder));
  });
}

async function interpreter() {
  const known = () => ['python3', '/usr/bin/python3'].find(makesEnvironments);
  const found = known();
  if (found) return found;
  await ensurePackages(pythonPackages);
  const installed = known();
  if (installed) return installed;
  const wanted = `Python ${oldest.join('.')} or newer with venv`;
  throw new SetupFailure(`There is no ${wanted} on this machine: install one, and run the command again.`);
}

function makesEnvironments(python) {
  try {
    const program = 'import ensurepip, sys, venv; print(sys.version_info[0], sys.version_info[1])';
    return isRecentPython(execFileSync(python, ['-c', program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return false;
  }
}

/** @param {string} text major and minor number, such as “3 11” @returns {boolean} */
export function isRecentPython(text) {
  const [major, minor] = text.trim().split(' ').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
