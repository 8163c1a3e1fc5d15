import { Stopped } from './failure.ts';

/** Terminal, npm and the set-up may each pass on the same Ctrl-C; a second one within this time is the same. */
const SAME_MS = 1000;

/**
 * Rejects with Stopped at Ctrl-C, SIGTERM, or when nobody reads any more. Another signal, while things are being
 * cleaned up, ends the process at once.
 */
export function interruption(): Promise<never> {
  const stopped = new Promise<never>((_, reject) => {
    let first: number | undefined;
    const stop = (message: string, exitCode: number) => () => {
      first ??= performance.now();
      if (performance.now() - first > SAME_MS) process.exit(exitCode);
      reject(new Stopped(message, exitCode));
    };
    process.on('SIGINT', stop('It was stopped by Ctrl-C.', 130));
    process.on('SIGTERM', stop('It was stopped by a signal.', 143));
    process.stdout.on('error', stop('Nobody reads its output any more.', 141));
  });
  // It may come while nothing waits for it.
  stopped.catch(() => undefined);
  return stopped;
}
