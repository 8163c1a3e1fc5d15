#!/usr/bin/env node
// npx recommender …: hands over to the pinned Node, since the one of the machine may not run TypeScript.
// Plain JavaScript without dependencies, because it runs on whatever Node there is.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const pinned = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));

if (!existsSync(pinned)) {
  console.error('Error: node_modules is missing or incomplete: run `npm ci` in the checkout first.');
  process.exitCode = 1;
} else {
  // Over the channel the child notices when this process ends, even by SIGKILL.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(pinned, ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)], { stdio });
  // A terminal sends Ctrl-C to the child too, a supervisor to this process alone.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`Error: cannot start ${pinned}: ${error.message}.`);
    process.exitCode = 1;
  });
  child.on('close', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0);
  });
}
