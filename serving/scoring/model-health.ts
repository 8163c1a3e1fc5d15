import { log, messageOf } from '../telemetry/log.ts';
import { InferenceTimedOut, WorkerEnded } from './failures.ts';
import { ANSWER_WITHIN_MS } from './inference.ts';
import type { Model } from './model.ts';

/** Replays of all pods must not fall together: each interval is up to this share longer or shorter. */
const JITTER = 0.2;

interface Health {
  model: Pick<Model, 'check'>;
  /** Mean time from the end of one replay to the start of the next, milliseconds. */
  intervalMs: number;
  /** After each replay that came to an end: one sentence for each golden request that was answered wrongly. */
  onChecked(faults: readonly string[]): void;
  /** When a run of any request ended last, milliseconds of performance.now(); 0 = never. */
  lastRunAt(): number;
}

/**
 * Replays the golden requests in service, over and over, one after the other: at most one of them waits for a worker.
 * Being too busy to answer in time is no wrong answer; such a replay says nothing. But when not even one run has ended
 * in the time a caller waits, the pod is not busy but stuck, and answers nobody.
 * @returns stops it
 */
export function watchModelHealth({ model, intervalMs, onChecked, lastRunAt }: Health): () => void {
  let next: NodeJS.Timeout | undefined;
  let stopped = false;
  let startedAt = 0;

  async function replay(): Promise<void> {
    startedAt = performance.now();
    try {
      const faults = await model.check();
      if (!stopped) onChecked(faults);
    } catch (error) {
      if (stopped) return;
      if (isStuck(error)) onChecked([`No inference run has ended for ${ANSWER_WITHIN_MS / 1000} s.`]);
      if (error instanceof WorkerEnded) onChecked([`A golden request failed: ${error.message}.`]);
      log(error instanceof InferenceTimedOut ? 'warn' : 'error', 'golden requests not answered', { error: messageOf(error) });
    }
    plan();
  }

  function isStuck(error: unknown): boolean {
    return error instanceof InferenceTimedOut && performance.now() - Math.max(startedAt, lastRunAt()) >= ANSWER_WITHIN_MS;
  }

  function plan(): void {
    const wait = intervalMs * (1 + JITTER * (2 * Math.random() - 1));
    if (!stopped) next = setTimeout(() => void replay(), wait).unref();
  }

  plan();
  return () => {
    stopped = true;
    clearTimeout(next);
  };
}
