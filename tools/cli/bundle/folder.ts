import { existsSync, statSync } from 'node:fs';
import { CliFailure } from '../terminal/failure.ts';

/** @returns false for a file and for a path that does not exist */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** @throws CliFailure when `path` is not a folder */
export function requireFolder(path: string): void {
  if (!existsSync(path)) throw new CliFailure(`Folder ${path} does not exist.`);
  if (!isFolder(path)) throw new CliFailure(`${path} is not a folder.`);
}
