import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const MODULE = fileURLToPath(new URL('./end-now.ts', import.meta.url));

/** A worker in a native call of many minutes. What it has burnt of the CPU tells the main thread that it is in there. */
const PROGRAM = `
  import { Worker } from 'node:worker_threads';
  const { endNow } = await import(${JSON.stringify(MODULE)});
  const busy = "require('node:crypto').pbkdf2Sync('a', 'b', 2 ** 31 - 1, 64, 'sha512');";
  new Worker(busy, { eval: true, execArgv: [] }).once('online', () => {
    const before = process.cpuUsage();
    setInterval(() => {
      if (process.cpuUsage(before).user < 200_000) return;
      process.stdout.write('last words');
      endNow(3);
    }, 10);
  });
`;

describe('ending now', () => {
  it('does not wait for a worker that never returns, keeps the exit code, loses no output', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(impatience);
    expect([code, output]).toEqual([3, 'last words']);
  });
});
