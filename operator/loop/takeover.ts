import { KINDS } from '../api/kinds.ts';
import type { KubeClient } from '../kube/client.ts';
import { isStatus } from '../kube/errors.ts';
import { listAll } from '../kube/list.ts';
import { pause } from '../kube/time.ts';
import type { WatchSet } from '../kube/watchset.ts';
import type { Log } from '../telemetry/log.ts';

const RETRY_MS = 1_000;

/**
 * Reads every ModelVersion anew before the first decision of a new leader. Its cache may be behind by a watch that broke
 * unnoticed, and a version that its predecessor has just rejected would be given to users once more.
 * Tries until it succeeds or `signal` aborts.
 */
export async function readDecisions(
  { client, watches, namespace, log }: { client: KubeClient; watches: Pick<WatchSet, 'storeOf'>; namespace: string | undefined; log: Log },
  signal: AbortSignal,
): Promise<void> {
  const kind = KINDS.ModelVersion;
  while (!signal.aborted) {
    try {
      const { items } = await listAll(client, { kind, ...(namespace === undefined ? {} : { namespace }) }, signal);
      for (const item of items) watches.storeOf(kind).upsert(item);
      return;
    } catch (error) {
      // Without its CRD there is nothing to read; the plan says so.
      if (isStatus(error, 404)) return;
      log.warn('cannot read past decisions, retrying', { error });
      await pause(RETRY_MS, signal);
    }
  }
}
