import { describe, expect, it } from '@jest/globals';
import { silentLog } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { KubeError, NotLeader } from './errors.ts';
import { createQueue } from './queue.ts';
import { handClock } from './testing.ts';
import { type Outcome, runWorkers } from './workers.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Runs one worker whose n-th reconcile does what the n-th answer says. */
function worker(...results: (Outcome | Error)[]) {
  const clock = handClock();
  const metrics = createMetrics();
  const queue = createQueue('models', { clock, metrics });
  const times: number[] = [];
  const workers = runWorkers(
    queue,
    async () => {
      const answer = results[times.push(clock.now()) - 1] ?? {};
      await Promise.resolve();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    { count: 1, log: silentLog, metrics },
  );
  const pass = async (ms: number): Promise<void> => {
    await settle();
    for (let passed = 0; passed < ms; passed += 5) {
      clock.advance(5);
      await settle();
    }
  };
  return { queue, metrics, times, pass, workers };
}

describe('workers', () => {
  it('try a failed key again with growing delay, and forget its failures when it succeeds', async () => {
    const { queue, times, pass, workers } = worker(new Error('1'), new Error('2'), new Error('3'));
    queue.add('a');
    await pass(500);
    expect(times).toEqual([0, 5, 15, 35]);
    expect(queue.failures('a')).toBe(0);
    await workers.stop();
  });

  it('count failures from 0, so that an increase shows the first', async () => {
    const { metrics, workers } = worker();
    const text = await metrics.registry.metrics();
    expect(text).toContain('controller_runtime_reconcile_errors_total{controller="models"} 0');
    expect(text).toContain('controller_runtime_reconcile_total{controller="models",result="error"} 0');
    await workers.stop();
  });

  it('come back after the time that a reconcile asks for', async () => {
    const { queue, times, pass, workers } = worker({ requeueAfterMs: 200 });
    queue.add('a');
    await pass(1_000);
    expect(times).toEqual([0, 200]);
    await workers.stop();
  });

  it('do not try again after a terminal error, until something changes', async () => {
    const { queue, times, metrics, pass, workers } = worker(Object.assign(new Error('hopeless'), { terminal: true }));
    queue.add('a');
    await pass(1_000);
    expect(times).toEqual([0]);
    expect(await metrics.registry.metrics()).toContain('controller_runtime_reconcile_total{controller="models",result="terminal"} 1');
    queue.add('a');
    await pass(10);
    expect(times).toHaveLength(2);
    await workers.stop();
  });

  it('wait as long as the API server asks', async () => {
    const busy = new KubeError({ status: 429, reason: 'TooManyRequests', message: 'busy', retryAfterSeconds: 1 });
    const { queue, times, pass, workers } = worker(busy);
    queue.add('a');
    await pass(1_500);
    expect(times).toEqual([0, 1_000]);
    await workers.stop();
  });

  it('look again every 20 s at what the API server refuses, however often it has', async () => {
    const refused = new KubeError({ status: 403, reason: 'Forbidden', message: 'services "books" is forbidden' });
    const { queue, times, pass, workers } = worker(...Array.from({ length: 15 }, () => refused));
    queue.add('a');
    await pass(100_000);
    expect(times.slice(-3).map((time, index, last) => time - (last[index - 1] ?? time))).toEqual([0, 20_000, 20_000]);
    await workers.stop();
  });

  it('do not try again when leadership is over', async () => {
    const { queue, times, pass, workers } = worker(new NotLeader('over'));
    queue.add('a');
    await pass(500);
    expect(times).toEqual([0]);
    await workers.stop();
  });
});
