import { statSync } from 'node:fs';

/** @returns false for a file, and where there is nothing */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
