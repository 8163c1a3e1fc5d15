import type { Notice, RecommenderModel } from '../api/model.ts';
import { keyOf } from '../api/objects.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type Delivery, dueAt, webhookId } from '../plan/notices.ts';
import type { Send } from './send.ts';

/** Sends notices beside the reconciles, which never wait for it. What it knows may be lost: the status of the models has the outbox. */
export interface Notifier {
  /** Takes up what is due of the model's outbox as it is on record now, once each. */
  offer(model: RecommenderModel): void;
  /** Attempts that ended and are not on record yet. */
  deliveries(key: string): readonly Delivery[];
  forget(key: string): void;
  /** Starts nothing more. */
  stop(): void;
}

/** Attempts under way at once, over all models. */
const IN_FLIGHT = 8;

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
  const waiting: (() => Promise<void>)[] = [];
  let underWay = 0;
  let stopped = false;

  const next = (): void => {
    while (!stopped && underWay < IN_FLIGHT) {
      const job = waiting.shift();
      if (!job) return;
      underWay++;
      void job().finally(() => {
        underWay--;
        next();
      });
    }
  };

  const attempt = async (notice: Notice, model: RecommenderModel): Promise<void> => {
    const key = keyOf(model.metadata);
    const to = model.spec.notifications?.find(({ webhook }) => webhookId(webhook) === notice.webhook);
    const error = to ? await send(notice, model, to).catch(() => 'It could not be sent.') : undefined;
    metrics?.notifications.inc({ event: notice.event, outcome: error === undefined ? 'accepted' : 'failed' });
    const at = new Date(clock()).toISOString().replace(/\.\d+Z$/, 'Z');
    const { id, webhook, attempts = 0 } = notice;
    ended.set(key, [...(ended.get(key) ?? []), { id, webhook, attempt: attempts + 1, at, ...(error === undefined ? {} : { error }) }]);
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
        if (taken.has(name) || open.some((each) => isOf(each, notice)) || dueAt(notice) > clock()) continue;
        taken.add(name);
        waiting.push(() => attempt(notice, model));
      }
      next();
    },
    deliveries: (key) => ended.get(key) ?? [],
    forget: (key) => void ended.delete(key),
    stop: () => {
      stopped = true;
    },
  };
}

const nameOf = (key: string, { id, webhook }: Notice): string => `${key} ${id} ${webhook}`;

/** The outcome of the attempt that the outbox still waits for. */
const isOf = ({ id, webhook, attempt }: Delivery, notice: Notice): boolean =>
  id === notice.id && webhook === notice.webhook && attempt === (notice.attempts ?? 0) + 1;
