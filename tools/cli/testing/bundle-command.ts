import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const LAUNCHER = fileURLToPath(new URL('../recommender.mjs', import.meta.url));

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `npx recommender bundle …`. */
export function recommender(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [LAUNCHER, 'bundle', ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** The manifest of the bundle, or of the draft of one, in the folder. */
export const manifestIn = async (folder: string) => parse(await readFile(join(folder, 'bundle.yaml'), 'utf8')) as Record<string, unknown>;
