import { spawn } from 'node:child_process';

export type Outcome = { code: number; stdout: string; stderr: string };

export type RunOptions = { input?: string; env?: Record<string, string>; cwd?: string };

/** A command that failed; the message is its last line of error output. */
export class CommandFailure extends Error {}

/** Runs a command to its end, whatever its exit code. Throws CommandFailure only when it cannot be started. */
export function attempt(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, ...options.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', (error) => reject(new CommandFailure(`${command} cannot be started: ${error.message}`)));
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
    // A command may end without reading its input to the end.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** Runs a command to its end and gives its standard output. Throws CommandFailure on any other exit code than 0. */
export async function capture(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await attempt(command, args, options);
  if (code === 0) return stdout;
  const said = stderr.trim().split('\n').slice(-3).join(' ') || stdout.trim().split('\n').slice(-1).join('');
  throw new CommandFailure(`${command} ${args.slice(0, 3).join(' ')} failed: ${said || `exit code ${code}`}`);
}
