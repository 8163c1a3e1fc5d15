import { createHash } from 'node:crypto';
import { backoff } from '../../../serving/contract/backoff.ts';
import type { ModelVersion, Notice, Notification } from '../../api/model.ts';
import { timestamp } from '../../api/times.ts';
import type { RecommenderModelStatus } from '../../api/types.gen.ts';
import type { Decision } from '../state/decision.ts';
import type { Delivery } from '../state/observed.ts';
import type { Snapshot } from '../state/snapshot.ts';
import { idsOfAttempt, type ReleaseEvent, releaseEvents } from './events.ts';

type Outbox = NonNullable<RecommenderModelStatus['notifications']>;

const MOST_PENDING = 50;
/** How long a notice is retried. */
export const GIVE_UP_MS = 24 * 3_600_000;
/**
 * Tolerance for a clock that was set back, or that differs from another operator's: within it, a decision is picked up even if
 * its time is earlier than that of another.
 */
const OVERLAP_MS = 15 * 60_000;

/** Names a webhook in the status, whose readers need not see a URL that may grant access. */
export const webhookId = ({ url, urlRef }: Notification['webhook']): string =>
  createHash('sha256')
    .update(url ?? urlRef?.key ?? '')
    .digest('hex')
    .slice(0, 10);

/**
 * The outbox of a model: new events are added for every webhook that subscribes to them, accepted ones are removed. It is part
 * of the status, so that it survives the operator. `at`: now, RFC 3339.
 */
export function outboxOf(
  snapshot: Snapshot,
  decision: Decision,
  versions: readonly ModelVersion[],
  at: string,
): Pick<RecommenderModelStatus, 'notifications'> {
  const { model, deliveries } = snapshot.observed;
  const webhooks = model.spec.notifications ?? [];
  if (webhooks.length === 0) return {};
  const { since, told: sentIds = [], pending = [], dropped = 0 }: Outbox = model.status?.notifications ?? { since: at };
  const happened = releaseEvents(snapshot, decision, versions, at).filter((each) => each.at >= since);
  const fresh = happened.filter(({ id }) => !sentIds.some((each) => each.id === id));
  const asked = fresh.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).flatMap((each) => addressed(each, webhooks));
  const waiting = pending
    .filter(({ webhook }) => webhooks.some((each) => webhookId(each.webhook) === webhook))
    .flatMap((each) => afterDelivery(each, deliveries));
  const kept = [...waiting, ...asked].filter((each) => Date.parse(at) - Date.parse(each.at) < GIVE_UP_MS).slice(-MOST_PENDING);
  const lost = dropped + waiting.length + asked.length - kept.length;
  return {
    notifications: {
      ...cursor({ since, told: sentIds }, happened, idsOfAttempt(snapshot), at),
      ...(kept.length > 0 ? { pending: kept } : {}),
      ...(lost > 0 ? { dropped: lost } : {}),
    },
  };
}

/** Moves past what was picked up long enough ago; what the current attempt may report again stays known. */
function cursor(
  { since, told: sentIds = [] }: Outbox,
  happened: readonly ReleaseEvent[],
  ofAttempt: ReadonlySet<string>,
  at: string,
): Pick<Outbox, 'since' | 'told'> {
  const all = [
    ...sentIds.filter(({ id }) => !happened.some((each) => each.id === id)),
    ...happened.map(({ id, at }) => sentIds.find((each) => each.id === id) ?? { id, at }),
  ];
  if (happened.every(({ id }) => sentIds.some((each) => each.id === id))) {
    return { since, ...(sentIds.length > 0 ? { told: sentIds } : {}) };
  }
  const start = timestamp(Math.max(Date.parse(since), Date.parse(at) - OVERLAP_MS));
  const remembered = all.filter((each) => each.at >= start || ofAttempt.has(each.id));
  return { since: start, ...(remembered.length > 0 ? { told: remembered } : {}) };
}

const addressed = (happening: ReleaseEvent, webhooks: readonly Notification[]): Notice[] =>
  webhooks
    .filter(({ events }) => events?.includes(happening.event) ?? true)
    .map(({ webhook }) => ({ ...happening, webhook: webhookId(webhook) }));

function afterDelivery(notice: Notice, deliveries: readonly Delivery[]): Notice[] {
  const attempt = (notice.attempts ?? 0) + 1;
  const last = deliveries.find((each) => each.id === notice.id && each.webhook === notice.webhook && each.attempt === attempt);
  if (!last) return [notice];
  const { notBefore: _before, ...rest } = notice;
  const { error, notBefore } = last;
  return error === undefined
    ? []
    : [{ ...rest, attempts: attempt, triedAt: last.at, error, ...(notBefore === undefined ? {} : { notBefore }) }];
}

/**
 * Milliseconds since the epoch at which a notice is sent next: at once, then after 2 s, 4 s, 8 s… up to 10 min, each shortened
 * by up to a half, differently for every notice, so that those of one outage do not return together. Never before the time
 * until which the receiver asked not to be called.
 */
export function nextTryAt({ id, at, webhook, attempts = 0, triedAt, notBefore }: Notice): number {
  if (attempts === 0 || triedAt === undefined) return Date.parse(at);
  const jitter = createHash('sha256').update(`${id}${webhook}${String(attempts)}`).digest().readUInt16BE(0) / 0xff_ff;
  const next = Date.parse(triedAt) + backoff(attempts, { first: 2_000, longest: 600_000 }, jitter);
  return Math.max(next, Date.parse(notBefore ?? triedAt));
}

/** The receiver accepts no more calls, or none within the notice's time. */
export const isHopeless = ({ at, notBefore }: Notice): boolean =>
  notBefore !== undefined && Date.parse(notBefore) >= Date.parse(at) + GIVE_UP_MS;

/** Milliseconds until a notice has to be looked at again; undefined when none waits for its time. */
export function untilDue({ notifications }: RecommenderModelStatus, now: number): number | undefined {
  const later = (notifications?.pending ?? []).map((each) => nextTryAt(each) - now).filter((ms) => ms > 0);
  return later.length === 0 ? undefined : Math.min(...later);
}
