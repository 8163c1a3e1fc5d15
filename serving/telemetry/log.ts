type Level = 'info' | 'warn' | 'error';
type Value = string | number | boolean | undefined;

/** One line of JSON on stdout. Never pass user ids, request bodies or credentials. */
export function log(level: Level, event: string, fields: Record<string, Value> = {}): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
}

/** The first line of an error's message, for logs: what went wrong without where in the code. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}
