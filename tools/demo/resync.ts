import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../testenv/cluster.ts';
import type { Shop } from '../testenv/shop.ts';
import { DemoFailure } from './failure.ts';
import type { Teller } from './tell.ts';

const WATCHED_MS = 8000;
const LOOK_EVERY_MS = 500;

/** What would change if the rejected version were tried again. */
interface Trace {
  rollout: number | undefined;
  record: string | undefined;
  phase: string | undefined;
  answers: number;
}

/** Applies the manifest of the rejected version once more, and watches that nothing comes of it. */
export async function tellAgain(cluster: Cluster, shop: Shop, tell: Teller): Promise<void> {
  tell.say('A GitOps tool would now apply the same manifest over and over. So do we, for some seconds.');
  const before = await traceOf(cluster, shop);
  const end = performance.now() + WATCHED_MS;
  let times = 0;
  while (performance.now() < end) {
    await shop.wish('3.0.0');
    times += 1;
    tell.glance(`applied again, no. ${String(times)}`);
    await pause(LOOK_EVERY_MS);
    demandSame(before, await traceOf(cluster, shop));
  }
  tell.say(
    `Applied ${String(times)} times, and nothing happened: the Rollout is still at generation ${String(before.rollout)}, ` +
      'the record of 3.0.0 is untouched, and no reader got to see it.',
    'good',
  );
}

async function traceOf(cluster: Cluster, { namespace, model, seen }: Shop): Promise<Trace> {
  const [rollout, record, books, summary] = await Promise.all([
    cluster.get('Rollout', { namespace, name: 'books' }),
    cluster.get('ModelVersion', { namespace, name: 'books-3.0.0' }),
    model(),
    seen(),
  ]);
  return {
    rollout: rollout?.metadata.generation,
    record: record?.metadata.resourceVersion,
    phase: books?.status?.phase,
    answers: summary.versions['3.0.0']?.requests ?? 0,
  };
}

function demandSame(before: Trace, now: Trace): void {
  for (const name of ['rollout', 'record', 'phase', 'answers'] as const) {
    if (before[name] === now[name]) continue;
    throw new DemoFailure(`Applying 3.0.0 again should change nothing, but its ${name} went from ${String(before[name])} to ${String(now[name])}.`);
  }
}
