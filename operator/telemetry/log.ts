export type Level = 'debug' | 'info' | 'warn' | 'error';

export type Fields = Readonly<Record<string, unknown>>;

/** Writes one JSON object a line: `{"time","level","msg",…fields}`. Errors become their message, never a stack trace. */
export type Log = {
  debug(msg: string, fields?: Fields): void;
  info(msg: string, fields?: Fields): void;
  warn(msg: string, fields?: Fields): void;
  error(msg: string, fields?: Fields): void;
  /** A log that adds these fields to every line. */
  with(fields: Fields): Log;
};

const RANK: Readonly<Record<Level, number>> = { debug: 10, info: 20, warn: 30, error: 40 };

/** A field of one of these names is never printed, whatever it holds. */
const SECRET = /token|secret|password|authorization|api-?key/i;

/** Longest string printed for one field, in UTF-16 units: a poison object must not flood the log. */
const LONGEST = 2000;

export function createLog(
  options: { readonly level?: Level; readonly fields?: Fields; readonly write?: (line: string) => void } = {},
): Log {
  const lowest = RANK[options.level ?? 'info'];
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  const at = (level: Level, common: Fields) => (msg: string, fields: Fields = {}) => {
    if (RANK[level] < lowest) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level, msg, ...common, ...fields }, printable)}\n`);
  };
  const build = (common: Fields): Log => ({
    debug: at('debug', common),
    info: at('info', common),
    warn: at('warn', common),
    error: at('error', common),
    with: (fields) => build({ ...common, ...fields }),
  });
  return build(options.fields ?? {});
}

/** A log that prints nothing: for tests and for tools whose output is their own. */
export const silentLog: Log = createLog({ write: () => undefined });

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
