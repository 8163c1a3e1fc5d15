import { Worker } from 'node:worker_threads';
import { log, messageOf } from '../telemetry/log.ts';
import type { Duplicate, FromShadowWorker, ShadowSetup } from './messages.ts';

/** What the thread may hold besides its queue, MB: connections and answers that are being compared. */
export const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 };

/** The thread that asks the candidate. */
export interface ShadowThread {
  post(batch: Duplicate[]): void;
  end(): void;
}

export interface ShadowListeners {
  onNews(news: FromShadowWorker): void;
  /** It ended by itself, and what it was given with it. */
  onLost(): void;
}

export type StartShadowThread = typeof startShadowThread;

export function startShadowThread(setup: ShadowSetup, { onNews, onLost }: ShadowListeners): ShadowThread {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: setup, resourceLimits: LIMITS });
  let isWanted = true;
  worker.on('message', (news: FromShadowWorker) => {
    if (isWanted) onNews(news);
  });
  worker.on('error', (error) => log('error', 'shadow thread failed', { error: messageOf(error) }));
  worker.on('exit', () => {
    if (isWanted) onLost();
  });
  return {
    post: (batch) => worker.postMessage(batch),
    end() {
      isWanted = false;
      void worker.terminate();
    },
  };
}
