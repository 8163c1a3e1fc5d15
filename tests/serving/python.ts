import { spawn } from 'node:child_process';
import { pythonPath } from '../../tools/setup/python.mjs';

/** What a Python program has printed. */
export interface PythonResult {
  stdout: string;
  stderr: string;
}

/**
 * Runs a Python program that sees the packages of tools/setup/python/requirements-tests.txt, to its end.
 * @param program `{ file }` or `{ code }`
 * @param timeoutMs a program that takes longer is ended
 * @throws Error with what it printed when it exits with another code than 0
 */
export function runPython(
  program: { file: string } | { code: string },
  args: readonly string[] = [],
  timeoutMs = 120_000,
): Promise<PythonResult> {
  const python = pythonPath('tests');
  if (python === undefined) {
    throw new Error('The Python packages for tests are not installed: run these tests by `npm run test:serving`, which installs them');
  }
  const first = 'file' in program ? [program.file] : ['-c', program.code];
  // -B: leaves no compiled files in the folders of the programs.
  const child = spawn(python, ['-B', ...first, ...args], { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
  const result: PythonResult = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(result);
      else reject(new Error(`The Python program ended with ${signal ?? String(code)}:\n${result.stdout}${result.stderr}`));
    });
  });
}
