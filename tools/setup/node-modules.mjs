import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkout } from './paths.mjs';
import { run, step } from './steps.mjs';

const modules = join(checkout, 'node_modules');
const stampFile = join(modules, '.package-lock-hash');

/** The pinned Node 24; it comes with the development dependencies. */
export const pinnedNode = join(modules, '.bin/node');

/** Runs `npm ci` when the lock file is not the one that node_modules was made from. */
export async function ensureNodeModules() {
  const lock = createHash('sha256').update(readFileSync(join(checkout, 'package-lock.json'))).digest('hex');
  if (existsSync(pinnedNode) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lock) return;
  const [command, ...first] = npm();
  // No package's install script is needed; onnxruntime-node would otherwise fetch GPU libraries.
  const args = [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--engine-strict=false'];
  await step('installing node_modules', () =>
    run(command, args, {
      what: 'npm ci',
      source: 'The npm registry',
      log: 'npm-ci',
      cwd: checkout,
      env: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
    }),
  );
  writeFileSync(stampFile, lock);
}

// npm tells its scripts where it is; started without npm, it is beside node or on PATH.
function npm() {
  const told = process.env.npm_execpath;
  if (told?.endsWith('.js') && existsSync(told)) return [process.execPath, told];
  const beside = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  return existsSync(beside) ? [process.execPath, beside] : ['npm'];
}
