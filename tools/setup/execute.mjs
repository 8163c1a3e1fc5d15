import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { moduleDir } from './binaries.mjs';
import { SetupFailure } from './failure.mjs';
import { pinnedNode } from './node-modules.mjs';
import { cacheDir, checkout } from './paths.mjs';

/** Runs the pinned Node on this terminal. @param {string[]} args @returns {Promise<number>} its exit code */
export const node = (args) => execute(pinnedNode, args);

/**
 * Runs a command on this terminal, with the pinned Node and the cluster's binaries first on PATH.
 * @returns {Promise<number>} its exit code
 */
export function execute(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: checkout, env: environment(), stdio: 'inherit' });
    // The terminal sends Ctrl-C to the child too; it decides what to do about it.
    const wait = () => undefined;
    const pass = () => child.kill('SIGTERM');
    process.on('SIGINT', wait);
    process.on('SIGTERM', pass);
    child.on('error', (error) => reject(notStarted(command, error)));
    child.on('close', (code, signal) => {
      process.off('SIGINT', wait);
      process.off('SIGTERM', pass);
      resolve(exitCode(code, signal));
    });
  });
}

/** Runs a command in the same way, and keeps what it prints. @returns {Promise<{code: number, output: string}>} */
export function collect(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: checkout, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => reject(notStarted(command, error)));
    child.on('close', (code, signal) => resolve({ code: exitCode(code, signal), output }));
  });
}

function environment() {
  const folders = [dirname(pinnedNode), ...['kubernetes', 'helm'].map(moduleDir), process.env.PATH, '/usr/sbin', '/sbin'];
  return {
    ...process.env,
    PATH: folders.join(delimiter),
    KUBEBUILDER_ASSETS: process.env.KUBEBUILDER_ASSETS || moduleDir('kubernetes'),
    // Compiled code by its source: a process or thread of ours starts in little more than half the time.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || join(cacheDir, 'compiled'),
  };
}

const notStarted = (command, error) => new SetupFailure(`${command} cannot be started: ${error.message}.`);
const exitCode = (code, signal) => code ?? 128 + (constants.signals[signal] ?? 0);
