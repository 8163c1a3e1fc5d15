import type { Environment } from './environment.ts';
import { until } from './until.ts';

/** A version that has answered nobody for this long answers nobody any more. */
const QUIET_MS = 3_000;

/**
 * Milliseconds from now to the last answer of the version that a user got.
 * @throws Error when users still get answers of it after 30 s
 */
export async function lastAnswerOf(environment: Pick<Environment, 'seen'>, version: string): Promise<number> {
  const start = performance.now();
  let [count, at] = [-1, start];
  await until(`${version} answers nobody`, async () => {
    const now = (await environment.seen()).versions[version]?.requests ?? 0;
    if (now !== count) [count, at] = [now, performance.now()];
    return performance.now() - at > QUIET_MS;
  }, 30_000);
  return at - start;
}
