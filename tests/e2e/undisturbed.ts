import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** An address in memory: it is free again when its process has ended, however that came. */
const ADDRESS = '\0recommender-e2e-undisturbed';

/**
 * Runs what other files of tests must not run at the same time: to end the operator that all of them share, and to ask of it that
 * it does something within seconds.
 */
export async function undisturbed<T>(work: () => Promise<T>): Promise<T> {
  const leave = await enter();
  try {
    return await work();
  } finally {
    await leave();
  }
}

async function enter(): Promise<() => Promise<void>> {
  for (;;) {
    const server = createServer();
    const isMine = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(ADDRESS, () => resolve(true));
    });
    if (isMine) return () => new Promise((resolve) => server.close(() => resolve()));
    await pause(50);
  }
}
