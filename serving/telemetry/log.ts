import { type Level, logLine } from '../contract/log.ts';

type Value = string | number | boolean | undefined;

/** One line on stdout. Never pass user ids, request bodies or credentials. */
export function log(level: Level, msg: string, fields: Record<string, Value> = {}): void {
  process.stdout.write(logLine(Date.now(), level, msg, fields));
}

/**
 * Logs for what can happen with every request: each message at most once in `intervalMs`, with the number of times it
 * was suppressed since.
 * @param now clock, milliseconds
 */
export function createSparseLog(intervalMs: number, now: () => number = Date.now): typeof log {
  const last = new Map<string, { at: number; suppressed: number }>();
  return (level, msg, fields) => {
    const entry = last.get(msg);
    if (entry !== undefined && now() - entry.at < intervalMs) {
      entry.suppressed += 1;
      return;
    }
    last.set(msg, { at: now(), suppressed: 0 });
    log(level, msg, { ...fields, suppressed: entry?.suppressed ?? 0 });
  };
}

/** The first line of an error's message, for logs: what went wrong without where in the code. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}
