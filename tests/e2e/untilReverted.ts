import type { Cluster } from '../../tools/testenv/cluster.ts';
import { until } from '../../tools/testenv/until.ts';

/** Edits by hand are reverted within this. */
const SOON_MS = 5_000;

/** A change by kubectl, as a JSON merge patch. */
export interface Edit {
  /** What it is of, for people to read. */
  what: string;
  kind: string;
  name: string;
  body: object;
}

/**
 * Edits, and waits until what `read` reads is as before. It has to be `undisturbed` where other files run beside.
 * @throws Error where that takes too long, or the edit changes nothing
 */
export async function untilReverted(cluster: Cluster, namespace: string, { what, kind, name, body }: Edit, read: () => Promise<unknown>): Promise<void> {
  const before = JSON.stringify(await read());
  const answer = await cluster.kubectl(['patch', kind, name, '--namespace', namespace, '--type', 'merge', '--patch', JSON.stringify(body)]);
  if (answer.includes('(no change)')) throw new Error(`the edit changes nothing of ${what}`);
  const start = performance.now();
  await until(`${what} is as before`, async () => JSON.stringify(await read()) === before, SOON_MS);
  process.stdout.write(`${what}: reverted within ${(performance.now() - start).toFixed(0)} ms\n`);
}
