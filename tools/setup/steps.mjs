import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure, failureSentence } from './failure.mjs';
import { cacheDir } from './paths.mjs';

const heartbeatMs = 15_000;

/** “8 s”, “1 min 40 s”. */
export function duration(ms) {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * Says what is being done, a sign of life every 15 s, and how long it took.
 * @template T
 * @param {string} title
 * @param {(note: (text: string) => void) => Promise<T> | T} work may give a note on how far it is
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const start = Date.now();
  let note = '';
  console.log(`set-up: ${title} …`);
  const beat = setInterval(() => {
    console.log(`set-up: ${title}: ${note ? `${note}, ` : ''}${duration(Date.now() - start)}`);
  }, heartbeatMs);
  try {
    const result = await work((text) => (note = text));
    console.log(`set-up: ${title}: done in ${duration(Date.now() - start)}`);
    return result;
  } finally {
    clearInterval(beat);
  }
}

/**
 * Runs a command to its end, its output going to a log file of the cache.
 * @param {{what: string, source: string, log: string, env?: object, cwd?: string, onLine?: (line: string) => void}} about
 * @returns {Promise<string>} what it printed (both streams, the last 64 kB)
 * @throws {SetupFailure} when it cannot be started or exits with another code than 0
 */
export function run(command, args, about) {
  mkdirSync(join(cacheDir, 'logs'), { recursive: true });
  const logFile = join(cacheDir, 'logs', `${about.log}.log`);
  const log = createWriteStream(logFile);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: about.cwd,
      env: { ...process.env, ...about.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let tail = '';
    const take = (chunk) => {
      log.write(chunk);
      tail = (tail + chunk).slice(-65_536);
      if (about.onLine) String(chunk).split('\n').filter(Boolean).forEach(about.onLine);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => reject(new SetupFailure(failureSentence(about.what, about.source, error.message))));
    child.on('close', (code) => {
      log.end();
      if (code === 0) resolve(tail);
      else reject(new SetupFailure(failureSentence(about.what, about.source, tail, logFile)));
    });
  });
}
