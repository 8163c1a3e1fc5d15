import { execFile } from 'node:child_process';
import { join } from 'node:path';

export const PLUGIN = join(import.meta.dirname, '../kubectl-recommender.mjs');

/** How a command ended. */
export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `kubectl recommender …` as a script does, not on a terminal. */
export function recommender(args: readonly string[], kubeconfig: string): Promise<Run> {
  return new Promise((resolve) => {
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    execFile(process.execPath, [PLUGIN, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}
