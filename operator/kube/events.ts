import { createHash } from 'node:crypto';
import type { Kind, KubernetesObject } from '../api/objects.ts';
import type { Log } from '../telemetry/log.ts';
import type { KubeClient } from './client.ts';
import { NotLeader } from './errors.ts';
import { collectionPath, objectPath } from './paths.ts';
import { type Clock, systemClock } from './time.ts';

const EVENT: Kind = { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events', namespaced: true };

type ReleaseEvent = {
  /** What it happened to; shows in `kubectl describe`. */
  readonly regarding: KubernetesObject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, for machines, at most 128 characters. */
  readonly reason: string;
  /** A sentence for people; cut at 1024 bytes. */
  readonly note: string;
};

export type Recorder = {
  /** Never throws and never waits. The same happening again within 10 min counts up the event that is there. */
  record(happening: ReleaseEvent): void;
  /** Resolves when nothing is under way. */
  flush(): Promise<void>;
};

/** Repetitions within this time are one event with a count. */
const SAME_MS = 10 * 60_000;
/** New events one object may have at once, and how long until it may have one more; the figures of client-go. */
const BURST = 25;
const REFILL_MS = 5 * 60_000;
/** A repetition is written at most this often; those in between are counted with the next. */
const COUNT_EVERY_MS = 10_000;
/** Requests under way at most; what comes on top of them is dropped. */
const IN_FLIGHT = 20;
/** Happenings and objects remembered. */
const REMEMBERED = 2_000;

type Seen = { readonly name: string; readonly firstAt: number; writtenAt: number; count: number };
type Bucket = { tokens: number; filledAt: number };

export function createRecorder(options: {
  readonly client: KubeClient;
  readonly fence: () => void;
  readonly log: Log;
  /** E.g. `recommender.dev/operator`. */
  readonly controller: string;
  /** Names this process, e.g. the pod's name. */
  readonly instance: string;
  readonly clock?: Clock;
}): Recorder {
  const { client, fence, log, clock = systemClock } = options;
  const seen = new Map<string, Seen>();
  const buckets = new Map<string, Bucket>();
  const underWay = new Set<Promise<void>>();

  const send = (request: Parameters<KubeClient['send']>[0]): void => {
    if (underWay.size >= IN_FLIGHT) {
      log.debug('event dropped: too many requests in flight', { path: request.path });
      return;
    }
    const sending = client.send({ ...request, fence, timeoutMs: 10_000 }).then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof NotLeader)) log.warn('event not written', { error });
      },
    );
    underWay.add(sending);
    void sending.finally(() => underWay.delete(sending));
  };

  const create = (key: string, happening: ReleaseEvent): void => {
    const now = clock.now();
    if (!takeToken(buckets, idOf(happening.regarding), now)) return;
    const name = nameOf(happening.regarding, `${key}${options.instance}${now}`);
    remember(seen, key, { name, firstAt: now, writtenAt: now, count: 1 });
    send({ method: 'POST', path: collectionPath(EVENT, namespaceOf(happening)), body: eventObject(name, happening, options) });
  };

  const countUp = (happening: ReleaseEvent, known: Seen): void => {
    known.count++;
    if (clock.now() - known.writtenAt < COUNT_EVERY_MS) return;
    known.writtenAt = clock.now();
    send({
      method: 'PATCH',
      path: objectPath(EVENT, { namespace: namespaceOf(happening), name: known.name }),
      contentType: 'application/merge-patch+json',
      body: { series: { count: known.count, lastObservedTime: microTime() } },
    });
  };

  return {
    record: (happening) => {
      const key = JSON.stringify([idOf(happening.regarding), happening.type, happening.reason, happening.note]);
      const known = seen.get(key);
      if (known !== undefined && clock.now() - known.firstAt < SAME_MS) countUp(happening, known);
      else create(key, happening);
    },
    flush: async () => {
      await Promise.all(underWay);
    },
  };
}

function eventObject(name: string, happening: ReleaseEvent, source: { readonly controller: string; readonly instance: string }) {
  const { regarding, type, reason, note } = happening;
  const { namespace, uid, resourceVersion } = regarding.metadata;
  return {
    apiVersion: EVENT.apiVersion,
    kind: EVENT.kind,
    metadata: { name, namespace: namespaceOf(happening) },
    eventTime: microTime(),
    reportingController: source.controller,
    reportingInstance: source.instance.slice(0, 128),
    type,
    reason,
    action: reason,
    note: cutToBytes(note, 1024),
    regarding: { apiVersion: regarding.apiVersion, kind: regarding.kind, name: regarding.metadata.name, namespace, uid, resourceVersion },
  };
}

/** Token bucket of one object; false when it is empty. */
function takeToken(buckets: Map<string, Bucket>, id: string, now: number): boolean {
  const bucket = buckets.get(id) ?? { tokens: BURST, filledAt: now };
  const tokens = Math.min(BURST, bucket.tokens + (now - bucket.filledAt) / REFILL_MS);
  remember(buckets, id, { tokens: tokens >= 1 ? tokens - 1 : tokens, filledAt: now });
  return tokens >= 1;
}

/** Sets the newest entry and forgets the oldest beyond the limit. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.size > REMEMBERED ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}

function idOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}/${metadata.uid ?? ''}`;
}

/** Events of objects without a namespace live in `default`. */
function namespaceOf({ regarding }: ReleaseEvent): string {
  return regarding.metadata.namespace ?? 'default';
}

function nameOf({ metadata }: KubernetesObject, seed: string): string {
  return `${metadata.name.slice(0, 200)}.${createHash('sha256').update(seed).digest('hex').slice(0, 16)}`;
}

function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}

/** The longest beginning of a text that has at most `limit` bytes in UTF-8, never ending in half a character. */
export function cutToBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  let end = 0;
  let bytes = 3;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit) break;
    end += character.length;
  }
  return `${text.slice(0, end)}…`;
}
