import { ANNOTATIONS } from '../api/names.ts';
import type { KubernetesObject } from '../api/objects.ts';
import type { Log } from '../telemetry/log.ts';
import type { KubeClient } from './client.ts';
import { isStatus, messageOf } from './errors.ts';
import { LEASE } from './leaseobject.ts';
import { collectionPath } from './paths.ts';
import { pause } from './time.ts';

/** One installation of this operator, by its Lease. */
export interface Installation {
  /** Namespace it is installed in. */
  namespace: string;
  /** Namespace whose models it manages; `*` for all. */
  watches: string;
  /** When it was first installed, RFC 3339; undefined where that cannot be read. */
  since?: string;
}

/**
 * The other installations in the cluster that lead at this moment. Two that manage the same models with different settings would
 * undo each other's writes without end, and the API server could not tell them apart: they are one field manager.
 */
type Installations = {
  /** Resolves after the first look. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The other one that the models of `namespace` are left to; undefined: they are ours. */
  managing(namespace: string): Installation | undefined;
};

interface Options {
  readonly client: KubeClient;
  readonly own: Installation;
  /** Name of the Lease, the same in each installation. */
  readonly name: string;
  readonly leaseSeconds: number;
  readonly log: Log;
  /** Called when others have come or gone. */
  readonly onChange: () => void;
}

type LeaseObject = KubernetesObject & { readonly spec?: { readonly holderIdentity?: string; readonly leaseDurationSeconds?: number } };

export function createInstallations({ client, own, name, leaseSeconds, log, onChange }: Options): Installations {
  const stopped = new AbortController();
  const seen = new Map<string, { readonly version: string; readonly at: number }>();
  let present = { own, others: [] as readonly Installation[] };
  let running: Promise<void> | undefined;

  /** A Lease that nobody renews is nobody's; how old one is can only be said from when we saw it change. */
  const isHeld = ({ metadata: { namespace = '', resourceVersion: version = '' }, spec }: LeaseObject): boolean => {
    const now = performance.now();
    const before = seen.get(namespace);
    if (before?.version !== version) seen.set(namespace, { version, at: now });
    const since = before?.version === version ? before.at : now;
    return (spec?.holderIdentity ?? '') !== '' && now - since < (spec?.leaseDurationSeconds ?? 0) * 1000;
  };

  const look = async (): Promise<void> => {
    const path = collectionPath(LEASE, own.watches === '*' ? undefined : own.watches);
    const query = { fieldSelector: `metadata.name=${name}` };
    const { items = [] } = (await client.send({ method: 'GET', path, query, signal: stopped.signal })) as { items?: LeaseObject[] };
    const isOwn = ({ metadata }: LeaseObject): boolean => metadata.namespace === own.namespace;
    const others = items.filter((lease) => !isOwn(lease)).filter(isHeld).flatMap(installationOf);
    const since = items.find(isOwn)?.metadata.creationTimestamp;
    const isNews = JSON.stringify(others) !== JSON.stringify(present.others);
    present = { own: { ...own, ...(since === undefined ? {} : { since }) }, others };
    if (!isNews) return;
    log.warn('other installations of this operator', { others });
    onChange();
  };

  const lookOrLog = (): Promise<void> =>
    look().catch((error: unknown) => {
      if (stopped.signal.aborted) return;
      const hint = isStatus(error, 403) ? 'not allowed to list Leases' : messageOf(error);
      log.debug('other installations are unknown', { error: hint });
    });

  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await pause((leaseSeconds * 1000 * 2) / 3, stopped.signal);
      if (!stopped.signal.aborted) await lookOrLog();
    }
  };

  return {
    start: async () => {
      await lookOrLog();
      running ??= run();
    },
    stop: async () => {
      stopped.abort();
      await running;
    },
    managing: (namespace) => managerOf(namespace, present.own, present.others),
  };
}

/** None of one that does not say what it watches: an older operator. */
function installationOf({ metadata }: LeaseObject): Installation[] {
  const { namespace = '', annotations, creationTimestamp: since } = metadata;
  const watches = annotations?.[ANNOTATIONS.watches];
  return watches === undefined ? [] : [{ namespace, watches, ...(since === undefined ? {} : { since }) }];
}

/**
 * Which of the others manages the models of a namespace; undefined: we do. One for this very namespace goes before one for all,
 * and an older before a newer one.
 */
export function managerOf(namespace: string, own: Installation, others: readonly Installation[]): Installation | undefined {
  const rank = ({ watches, since = '', namespace: home }: Installation): string =>
    `${watches === '*' ? '1' : '0'} ${since === '' ? '~' : since} ${home}`;
  return others
    .filter(({ watches }) => watches === '*' || watches === namespace)
    .filter((each) => rank(each) < rank(own))
    .toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))[0];
}
