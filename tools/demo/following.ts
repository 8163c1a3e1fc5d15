import { setTimeout as pause } from 'node:timers/promises';
import type { RecommenderModel } from '../../operator/api/model.ts';
import type { Shop } from '../testenv/shop.ts';
import { DemoFailure } from './failure.ts';
import type { Teller } from './tell.ts';

export type Status = NonNullable<RecommenderModel['status']>;

export interface Awaited {
  /** For the sentence when it does not come: “2.0.0 is promoted”. */
  what: string;
  comes: (status: Status) => boolean;
  /** It will never come. */
  fails?: (status: Status) => boolean;
  limitMs: number;
  /** The message that has been told last; it is not told again. */
  told?: string | undefined;
}

const LOOK_EVERY_MS = 250;

/**
 * Waits for what the operator reports in the model's status and tells each new `message` on the way; counters and
 * times in it that go on are told on a terminal only. An API server that does not answer for a while is waited for.
 * @throws DemoFailure with the last message
 */
export async function follow(shop: Shop, tell: Teller, { what, comes, fails, limitMs, told: before = '' }: Awaited): Promise<Status> {
  const end = performance.now() + limitMs;
  let told = withoutCounters(before);
  let said = before;
  let last = 'there is no status yet';
  while (performance.now() < end) {
    const status = await statusOf(shop).catch((error: unknown) => void (last = (error as Error).message));
    if (status?.message !== undefined) {
      last = status.message;
      const news = withoutCounters(last);
      if (news !== told) tell.say(`status: ${(said = last)}`);
      else tell.glance(last === said ? '…' : `status: ${last}`);
      told = news;
    }
    if (status && comes(status)) return status;
    if (status && fails?.(status) === true) throw new DemoFailure(`Awaited was that ${what}, but: ${last}`);
    await pause(LOOK_EVERY_MS);
  }
  throw new DemoFailure(`Within ${String(limitMs / 1000)} s it did not come that ${what}; the last status: ${last}`);
}

/** Only what was said of the present `spec`. */
async function statusOf(shop: Shop): Promise<Status | undefined> {
  const model = await shop.model();
  return model?.status?.observedGeneration === model?.metadata.generation ? model?.status : undefined;
}

/** `62 of 100 requests needed` and `68 of 100 …` are the same news; `at 10%` and `at 50%` are not. */
export const withoutCounters = (message: string): string =>
  message.replace(/\b\d+ of \d+ (requests|pods)/g, 'some $1').replace(/ until \d\d:\d\d:\d\d UTC/g, '');
