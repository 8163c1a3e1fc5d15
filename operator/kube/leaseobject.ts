import type { Kind } from '../api/objects.ts';
import type { KubeClient } from './client.ts';
import { isStatus } from './errors.ts';
import { collectionPath, objectPath } from './paths.ts';

export const LEASE: Kind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases', namespaced: true };

/** What election needs of a Lease. `version` is its resourceVersion, `holder` is '' when nobody holds it. */
export type Lease = {
  readonly version: string;
  readonly holder: string;
  readonly seconds: number;
  readonly transitions: number;
  readonly acquireTime: string | undefined;
};

type LeaseObject = {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly leaseTransitions?: number;
    readonly acquireTime?: string;
  };
};

export type LeaseAccess = ReturnType<typeof leaseAccess>;

/** Reads and writes one Lease. Every write names the version it replaces, so of two writers one gets a 409. */
export function leaseAccess(
  client: KubeClient,
  options: {
    readonly namespace: string;
    readonly name: string;
    readonly leaseSeconds: number;
    readonly timeoutMs: number;
    readonly annotations?: Readonly<Record<string, string>>;
  },
) {
  const { namespace, name, timeoutMs, annotations } = options;
  const path = objectPath(LEASE, { namespace, name });

  const read = async (signal?: AbortSignal): Promise<Lease | undefined> => {
    try {
      return parse(await client.send({ method: 'GET', path, timeoutMs, retries: 0, ...(signal === undefined ? {} : { signal }) }));
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  };

  /** Replaces `current`, or creates the lease when there is none; `holder` '' gives it up. */
  const write = async (current: Lease | undefined, holder: string, signal?: AbortSignal): Promise<Lease> => {
    const answer = await client.send({
      method: current === undefined ? 'POST' : 'PUT',
      path: current === undefined ? collectionPath(LEASE, namespace) : path,
      body: {
        apiVersion: LEASE.apiVersion,
        kind: LEASE.kind,
        metadata: {
          name,
          namespace,
          ...(annotations === undefined ? {} : { annotations }),
          ...(current === undefined ? {} : { resourceVersion: current.version }),
        },
        spec: spec(current, holder, options.leaseSeconds),
      },
      timeoutMs,
      retries: 0,
      ...(signal === undefined ? {} : { signal }),
    });
    return parse(answer);
  };

  return { read, write };
}

function spec(current: Lease | undefined, holder: string, seconds: number): Readonly<Record<string, unknown>> {
  const now = microTime();
  const kept = current?.holder === holder ? current : undefined;
  const transitions = (current?.transitions ?? 0) + (current === undefined || kept !== undefined || holder === '' ? 0 : 1);
  return {
    ...(holder === '' ? {} : { holderIdentity: holder }),
    leaseDurationSeconds: holder === '' ? 1 : seconds,
    acquireTime: kept?.acquireTime ?? now,
    renewTime: now,
    leaseTransitions: transitions,
  };
}

function parse(answer: unknown): Lease {
  const { metadata, spec: found } = answer as LeaseObject;
  return {
    version: metadata.resourceVersion,
    holder: found?.holderIdentity ?? '',
    seconds: found?.leaseDurationSeconds ?? 1,
    transitions: found?.leaseTransitions ?? 0,
    acquireTime: found?.acquireTime,
  };
}

/** RFC 3339 with microseconds, the form of Kubernetes' MicroTime. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
