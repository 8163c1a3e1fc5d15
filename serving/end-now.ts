/**
 * Ends the process at once, with this exit code. `process.exit()` waits for every worker thread, and one inside a
 * native call that never returns keeps it waiting for ever; as process 1 of a container it cannot kill itself either.
 * Replacing the process ends all its threads.
 */
export function endNow(code: number): never {
  if (process.execve === undefined) process.exit(code);
  return process.execve(process.execPath, [process.execPath, '--eval', `process.exit(${code})`], {});
}
