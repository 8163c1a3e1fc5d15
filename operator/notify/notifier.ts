import type { Notice, Notification, RecommenderModel } from '../api/model.ts';
import { keyOf } from '../api/objects.ts';
import { timestamp } from '../api/times.ts';
import { nextTryAt, webhookId } from '../plan/report/outbox.ts';
import type { Delivery } from '../plan/state/observed.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Failure, Send } from './send.ts';
import { createTurns } from './turns.ts';

/**
 * Sends notices in parallel with reconciles, which never wait for it. Its state may be lost: the outbox is in the status of the
 * models.
 */
export interface Notifier {
  /** Starts what is due in the model's outbox as it is on record now, once each. */
  offer(model: RecommenderModel): void;
  /** Attempts that ended and are not on record yet. */
  deliveries(key: string): readonly Delivery[];
  forget(key: string): void;
  /** Starts nothing more. */
  stop(): void;
}

export function createNotifier(options: {
  readonly send: Send;
  /** Lets the model be reconciled, so that the outcome gets on record. */
  readonly enqueue: (key: string) => void;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly metrics?: Metrics;
}): Notifier {
  const { send, enqueue, clock, metrics } = options;
  const ended = new Map<string, Delivery[]>();
  const taken = new Set<string>();
  const turns = createTurns();

  const attempt = async (notice: Notice, model: RecommenderModel): Promise<void> => {
    const key = keyOf(model.metadata);
    const to = receiverOf(notice, model);
    const failure = to ? await send(notice, model, to).catch((): Failure => ({ error: 'It could not be sent.' })) : undefined;
    metrics?.notifications.inc({ event: notice.event, outcome: failure ? 'failed' : 'accepted' });
    const { id, webhook, attempts = 0 } = notice;
    ended.set(key, [
      ...(ended.get(key) ?? []),
      { id, webhook, attempt: attempts + 1, at: timestamp(clock()), ...outcomeOf(failure, clock()) },
    ]);
    taken.delete(nameOf(key, notice));
    enqueue(key);
  };

  return {
    offer: (model) => {
      const key = keyOf(model.metadata);
      const pending = model.status?.notifications?.pending ?? [];
      const open = (ended.get(key) ?? []).filter((each) => pending.some((notice) => isOf(each, notice)));
      if (open.length > 0) ended.set(key, open);
      else ended.delete(key);
      for (const notice of pending) {
        const name = nameOf(key, notice);
        if (taken.has(name) || open.some((each) => isOf(each, notice)) || nextTryAt(notice) > clock()) continue;
        taken.add(name);
        turns.add({ model: key, receiver: nameOfReceiver(receiverOf(notice, model), model), run: () => attempt(notice, model) });
      }
    },
    deliveries: (key) => ended.get(key) ?? [],
    forget: (key) => void ended.delete(key),
    stop: turns.stop,
  };
}


function outcomeOf(failure: Failure | undefined, now: number): Pick<Delivery, 'error' | 'notBefore'> {
  if (!failure) return {};
  const { error, waitMs } = failure;
  return { error, ...(waitMs === undefined ? {} : { notBefore: timestamp(now + waitMs) }) };
}

const receiverOf = ({ webhook }: Notice, { spec }: RecommenderModel): Notification | undefined =>
  spec.notifications?.find((each) => webhookId(each.webhook) === webhook);

/** Its host, or what stands in its place, which the attempt will refuse; where only the Secret knows that, its key there. */
function nameOfReceiver(to: Notification | undefined, { metadata }: RecommenderModel): string {
  const { url, urlRef } = to?.webhook ?? {};
  if (url === undefined) return `${metadata.namespace ?? ''}.${urlRef?.key ?? ''}`;
  return URL.canParse(url) ? new URL(url).host : url;
}

const nameOf = (key: string, { id, webhook }: Notice): string => `${key} ${id} ${webhook}`;

/** The outcome of the attempt that the outbox still waits for. */
const isOf = ({ id, webhook, attempt }: Delivery, notice: Notice): boolean =>
  id === notice.id && webhook === notice.webhook && attempt === (notice.attempts ?? 0) + 1;
