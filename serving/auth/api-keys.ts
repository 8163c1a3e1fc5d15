import { hash } from 'node:crypto';
import { log, messageOf } from '../telemetry/log.ts';
import { type KeyFile, readKeyFiles } from './key-files.ts';

/** How often the files are looked at; Kubernetes itself takes up to a minute to bring a changed Secret here. */
const LOOK_EVERY_MS = 5_000;

/** The API keys that are in force. */
export interface ApiKeys {
  /** Name of the caller whose key this is. Keys are hashed before they are looked up: the time it takes tells nothing of them. */
  callerOf(key: string): string | undefined;
  close(): void;
}

/**
 * Reads the API keys below `dir` (file name = caller, each line the hash of one key) and follows their changes. What
 * cannot be read is logged once and changes nothing of what was known.
 */
export async function followApiKeys(dir: string, lookEveryMs = LOOK_EVERY_MS): Promise<ApiKeys> {
  let files: ReadonlyMap<string, KeyFile> = new Map();
  let callers: ReadonlyMap<string, string> = new Map();
  let told = '';

  function tell(faults: readonly string[]): void {
    const text = faults.join(' ');
    if (text !== '' && text !== told) log('error', 'API keys cannot be used', { error: text });
    told = text;
  }

  async function look(): Promise<void> {
    try {
      const read = await readKeyFiles(dir, files);
      const isSame = read.files.size === files.size && [...read.files].every(([caller, file]) => files.get(caller) === file);
      files = read.files;
      tell(read.faults);
      if (isSame) return;
      callers = callersByHash(files);
      log('info', 'API keys loaded', { callers: files.size, keys: callers.size });
    } catch (error) {
      tell([`The API keys in ${dir} cannot be read: ${messageOf(error)}.`]);
    }
  }

  await look();
  let next = setTimeout(again, lookEveryMs).unref();
  let closed = false;
  function again(): void {
    void look().then(() => {
      if (!closed) next = setTimeout(again, lookEveryMs).unref();
    });
  }

  return {
    callerOf: (key) => callers.get(`sha256:${hash('sha256', key)}`),
    close() {
      closed = true;
      clearTimeout(next);
    },
  };
}

/** A key that two callers share belongs to the first of them by name. */
function callersByHash(files: ReadonlyMap<string, KeyFile>): Map<string, string> {
  const callers = new Map<string, string>();
  for (const [caller, { hashes }] of files) {
    for (const hash of hashes) {
      const owner = callers.get(hash) ?? caller;
      if (owner !== caller) log('warn', 'two callers share an API key', { owner, other: caller });
      callers.set(hash, owner);
    }
  }
  return callers;
}
