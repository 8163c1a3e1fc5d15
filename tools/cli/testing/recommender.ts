import { execFile } from 'node:child_process';
import { join } from 'node:path';

export const PLUGIN = join(import.meta.dirname, '../kubectl-recommender.mjs');
export const LAUNCHER = join(import.meta.dirname, '../recommender.mjs');

/** How a command ended. */
export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `kubectl recommender …` as a script does, not on a terminal. */
export const recommender = (args: readonly string[], kubeconfig: string): Promise<Run> => started(PLUGIN, args, { KUBECONFIG: kubeconfig });

/** Runs one of the programs in a process of its own. */
export function started(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}
