import { type Fields, type Level, logLine } from '../../serving/contract/log.ts';

/** Writes one line for each call, in the shape that serving's lines have too. */
export type Log = {
  debug(msg: string, fields?: Fields): void;
  info(msg: string, fields?: Fields): void;
  warn(msg: string, fields?: Fields): void;
  error(msg: string, fields?: Fields): void;
  /** A log that adds these fields to every line. */
  with(fields: Fields): Log;
};

const RANK: Readonly<Record<Level, number>> = { debug: 10, info: 20, warn: 30, error: 40 };

export function createLog(
  options: { readonly level?: Level; readonly fields?: Fields; readonly write?: (line: string) => void } = {},
): Log {
  const lowest = RANK[options.level ?? 'info'];
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  const at = (level: Level, common: Fields) => (msg: string, fields: Fields = {}) => {
    if (RANK[level] < lowest) return;
    write(logLine(Date.now(), level, msg, { ...common, ...fields }));
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
