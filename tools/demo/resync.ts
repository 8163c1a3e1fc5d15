import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../testenv/cluster.ts';
import type { Environment } from '../testenv/environment.ts';
import { DemoFailure } from './failure.ts';
import type { Output } from './output.ts';

const WATCHED_MS = 3_000;
const LOOK_EVERY_MS = 250;

/** What would change if the rejected version were tried again. */
interface Trace {
  rollout: number | undefined;
  record: string | undefined;
  phase: string | undefined;
  answers: number;
}

/** Applies the manifest of the rejected version once more, and watches that nothing comes of it. */
export async function applyAgain(cluster: Cluster, environment: Environment, output: Output): Promise<void> {
  output.say('A GitOps tool would keep applying the same manifest. The demo does the same for a few seconds.');
  const before = await traceOf(cluster, environment);
  const end = performance.now() + WATCHED_MS;
  let times = 0;
  while (performance.now() < end) {
    await environment.apply('3.0.0');
    times += 1;
    output.glance(`applied again, no. ${String(times)}`);
    await pause(LOOK_EVERY_MS);
    demandSame(before, await traceOf(cluster, environment));
  }
  output.say(
    `Applied ${String(times)} times, and nothing changed: the Rollout is still at generation ${String(before.rollout)}, ` +
      'the record of 3.0.0 is untouched, and no reader saw it.',
    'good',
  );
}

async function traceOf(cluster: Cluster, { namespace, model, seen }: Environment): Promise<Trace> {
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
    throw new DemoFailure(`Applying 3.0.0 again should change nothing, but its ${name} changed from ${String(before[name])} to ${String(now[name])}.`);
  }
}
