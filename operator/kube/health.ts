import type { Check } from '../telemetry/probes.ts';
import type { KubeClient } from './client.ts';
import type { WorkQueue } from './queue.ts';
import type { WatchSet } from './watchset.ts';

/** HTTP/2 pings are answered every 5 s, so a minute of silence means that the API server cannot be reached. */
const SILENT_MS = 60_000;
/** No reconcile takes this long, as every request in it ends after 30 s, and no watch, which ends after 10 min. */
const STUCK_MS = 15 * 60_000;

/**
 * Ready: every kind the server knows is listed, and the server was heard within the last minute. A missing CRD does not
 * make the operator unready; conditions and `missing()` name it.
 */
export function readiness(client: KubeClient, watches: WatchSet): Readonly<Record<string, Check>> {
  return {
    caches: () => {
      const open = watches.unsynced().map(({ kind }) => kind);
      return open.length === 0 ? undefined : `not synced yet: ${open.join(', ')}`;
    },
    apiserver: () => silence(client),
  };
}

/**
 * Healthy: everything a restart could fix is in order. An unreachable API server or a missing permission is no such thing; a
 * worker or a reflector that hangs is.
 */
export function liveness(watches: WatchSet, queue: WorkQueue): Readonly<Record<string, Check>> {
  return {
    workers: () => {
      const longest = queue.longestRunningMs();
      return longest > STUCK_MS ? `one reconcile has been running for ${Math.round(longest / 1000)} s` : undefined;
    },
    watches: () => {
      const hanging = watches.idle(STUCK_MS).map(({ kind }) => kind);
      return hanging.length === 0 ? undefined : `neither listed nor watched for ${STUCK_MS / 60_000} min: ${hanging.join(', ')}`;
    },
  };
}

function silence(client: KubeClient): string | undefined {
  const last = client.lastContact();
  if (last === undefined) return 'no connection to the API server yet';
  const seconds = Math.round((performance.now() - last) / 1000);
  return seconds * 1000 > SILENT_MS ? `no response from the API server for ${seconds} s` : undefined;
}
