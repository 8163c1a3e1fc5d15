import { existsSync, readFileSync } from 'node:fs';
import { logFile } from './processes.ts';

/** Prints the whole log of a part that runs on the host. @returns whether there is one */
export function showPartLog(name: string): boolean {
  if (!/^[a-z-]+$/.test(name) || !existsSync(logFile(name))) return false;
  process.stdout.write(readFileSync(logFile(name)));
  return true;
}
