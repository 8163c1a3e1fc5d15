import { setTimeout as pause } from 'node:timers/promises';
import type { RecommenderModel } from '../../operator/api/model.ts';
import type { Environment } from '../testenv/environment.ts';
import { DemoFailure } from './failure.ts';
import type { Output } from './output.ts';

export type Status = NonNullable<RecommenderModel['status']>;

interface Awaited {
  /** For the error message: “2.0.0 is promoted”. */
  what: string;
  comes: (status: Status) => boolean;
  /** It can no longer come. */
  fails?: (status: Status) => boolean;
  limitMs: number;
  /** The message that was printed last; it is not printed again. */
  printed?: string | undefined;
}

const LOOK_EVERY_MS = 250;

/**
 * Waits for what the operator reports in the model's status, and prints each new `message` on the way; progress of counters and
 * times in it is shown on a terminal only. While the API server does not answer, it keeps trying.
 * @throws DemoFailure with the last message
 */
export async function follow(environment: Environment, output: Output, { what, comes, fails, limitMs, printed = '' }: Awaited): Promise<Status> {
  const end = performance.now() + limitMs;
  let shown = printed;
  let last = 'there is no status yet';
  while (performance.now() < end) {
    const status = await statusOf(environment).catch((error: unknown) => void (last = (error as Error).message));
    if (status?.message !== undefined) {
      last = status.message;
      if (withoutCounters(last) !== withoutCounters(shown)) output.say(`status: ${last}`);
      else output.glance(last === shown ? '…' : `status: ${last}`);
      shown = last;
    }
    if (status && comes(status)) return status;
    if (status && fails?.(status) === true) throw new DemoFailure(`Expected that ${what}, but: ${last}`);
    await pause(LOOK_EVERY_MS);
  }
  throw new DemoFailure(`Timed out after ${String(limitMs / 1000)} s waiting until ${what}; the last status: ${last}`);
}

/** Undefined while it is about an earlier `spec`. */
async function statusOf(environment: Environment): Promise<Status | undefined> {
  const model = await environment.model();
  return model?.status?.observedGeneration === model?.metadata.generation ? model?.status : undefined;
}

/** `62 of 100 requests needed` and `68 of 100 …` count as one message; `at 10%` and `at 50%` do not. */
export const withoutCounters = (message: string): string =>
  message.replace(/\b\d+ of \d+ (requests|pods)/g, 'some $1').replace(/ until \d\d:\d\d:\d\d UTC/g, '');
