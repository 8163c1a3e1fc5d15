export type Level = 'debug' | 'info' | 'warn' | 'error';

export type Fields = Readonly<Record<string, unknown>>;

/** A field of one of these names is never printed, whatever it holds. */
const SECRET = /token|secret|password|authorization|api-?key/i;

/** Longest string printed for one field, in UTF-16 units: a poison object must not flood the log. */
const LONGEST = 2000;

/**
 * A line of the log, the same in operator and serving: one JSON object, `{"time","level","msg",…fields}`. Errors become their
 * message and that of their cause, never a stack trace.
 * @param time milliseconds since the epoch
 */
export function logLine(time: number, level: Level, msg: string, fields: Fields = {}): string {
  return `${JSON.stringify({ time: new Date(time).toISOString(), level, msg, ...fields }, printable)}\n`;
}

function printable(name: string, value: unknown): unknown {
  if (SECRET.test(name)) return '[hidden]';
  if (value instanceof Error) return describe(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string' && value.length > LONGEST) return `${value.slice(0, LONGEST)}… (${value.length} characters)`;
  return value;
}

function describe(error: Error): string {
  const { cause, message } = error;
  const more = cause instanceof Error && !message.includes(cause.message) ? `: ${describe(cause)}` : '';
  return `${message}${more}`.slice(0, LONGEST);
}
