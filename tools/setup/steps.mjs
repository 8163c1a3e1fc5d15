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

/** Steps under way: title → what is known of it. */
const underWay = new Map();
let heartbeat;

/**
 * Says what is being done and how long it took; meanwhile one line every 15 s says which steps are under way.
 * @template T
 * @param {string} title
 * @param {(note: (text: string) => void) => Promise<T> | T} work may give a note on how far it is
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const start = Date.now();
  console.log(`set-up: ${title} …`);
  underWay.set(title, { start, note: '' });
  heartbeat ??= setInterval(() => console.log(`set-up: ${progress(underWay, Date.now())}`), heartbeatMs);
  try {
    const result = await work((note) => underWay.set(title, { start, note }));
    console.log(`set-up: ${title}: done in ${duration(Date.now() - start)}`);
    return result;
  } finally {
    underWay.delete(title);
    if (underWay.size === 0) heartbeat = void clearInterval(heartbeat);
  }
}

/**
 * @param {Map<string, {start: number, note: string}>} steps
 * @param {number} now
 */
export function progress(steps, now) {
  return [...steps].map(([title, { start, note }]) => `${title} (${note ? `${note}, ` : ''}${duration(now - start)})`).join('; ');
}

let stop = new AbortController();

/**
 * Does all of it at the same time, and waits for the end of all of it.
 * @param {(() => Promise<unknown>)[]} works
 * @throws what failed first; the commands of the others are stopped then
 */
export async function together(works) {
  const failures = [];
  const attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      failures.push(error);
      stop.abort();
    }
  };
  await Promise.all(works.map(attempt));
  stop = new AbortController();
  if (failures.length > 0) throw failures[0];
}

/**
 * Runs a command to its end, its output going to a log file of the cache.
 * @typedef {{what: string, source: string, log: string, env?: object, cwd?: string}} Described
 * @param {Described & {onLine?: (line: string) => void, unstoppable?: boolean}} about
 *   `unstoppable`: goes on when another step has failed, because half of it would be worse than all of it
 * @returns {Promise<string>} what it printed (both streams, the last 64 kB)
 * @throws {SetupFailure} when it cannot be started or exits with another code than 0
 */
export async function run(command, args, about) {
  mkdirSync(join(cacheDir, 'logs'), { recursive: true });
  const logFile = join(cacheDir, 'logs', `${about.log}.log`);
  stop.signal.throwIfAborted();
  const log = createWriteStream(logFile);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: about.cwd,
      env: { ...process.env, ...about.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(about.unstoppable ? {} : { signal: stop.signal }),
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
