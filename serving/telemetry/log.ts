type Level = 'info' | 'warn' | 'error';
type Value = string | number | boolean | undefined;

/** One line of JSON on stdout. Never pass user ids, request bodies or credentials. */
export function log(level: Level, event: string, fields: Record<string, Value> = {}): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
}

/**
 * Logs for what can happen with every request: each event at most once in `intervalMs`, with the number of times it
 * was left out since.
 * @param now clock, milliseconds
 */
export function createSparseLog(intervalMs: number, now: () => number = Date.now): typeof log {
  const last = new Map<string, { at: number; leftOut: number }>();
  return (level, event, fields) => {
    const entry = last.get(event);
    if (entry !== undefined && now() - entry.at < intervalMs) {
      entry.leftOut += 1;
      return;
    }
    last.set(event, { at: now(), leftOut: 0 });
    log(level, event, { ...fields, leftOut: entry?.leftOut ?? 0 });
  };
}

/** The first line of an error's message, for logs: what went wrong without where in the code. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}
