import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { type Entry, parseLog, writesOf } from '../../../tools/replay/entry.ts';
import { statePaths } from '../../../tools/cluster/layout.ts';

/** Where the API server's audit log ends now, in bytes. */
export const endOfLog = (): number => statSync(statePaths.auditLog).size;

/** Successful writes since then; their times are the API server's, to the microsecond. */
export function writesSince(offset: number): Entry[] {
  const file = openSync(statePaths.auditLog, 'r');
  try {
    const bytes = Buffer.alloc(endOfLog() - offset);
    return writesOf(parseLog(bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, offset))));
  } finally {
    closeSync(file);
  }
}

/** Milliseconds since the epoch at which the request came, or was answered. */
export const came = ({ requestReceivedTimestamp }: Entry): number => milliseconds(requestReceivedTimestamp);
export const answered = ({ stageTimestamp }: Entry): number => milliseconds(stageTimestamp);

/** Date knows whole milliseconds only. */
function milliseconds(time: string): number {
  const [, seconds = '', fraction = '0'] = /^(.+?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return Date.parse(`${seconds}Z`) + Number(`0.${fraction}`) * 1000;
}
