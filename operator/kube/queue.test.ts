import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createMetrics } from '../telemetry/metrics.ts';
import { createQueue, type WorkQueue } from './queue.ts';
import { createRateLimiter } from './rateLimiter.ts';
import { handClock } from './testing.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('work queue', () => {
  it('merges a key that waits already', async () => {
    const queue = createQueue('test');
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect(queue.length).toBe(2);
    expect([await queue.take(), await queue.take()]).toEqual(['a', 'b']);
  });

  it('gives a key out again when it was added while in work, but only after done', async () => {
    const queue = createQueue('test');
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    expect(queue.length).toBe(0);
    queue.done('a');
    expect(queue.length).toBe(1);
    await queue.take();
    queue.done('a');
    expect(queue.length).toBe(0);
  });

  it('tells of waiting keys only where somebody works on them, not on standby', async () => {
    const metrics = createMetrics();
    const depth = async () => /^workqueue_depth\{.*\} (\d+)$/m.exec(await metrics.registry.metrics())?.[1];
    const queue = createQueue('test', { metrics });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    expect(await depth()).toBeUndefined();
    await queue.take();
    expect(await depth()).toBe('2');
  });

  it('adds a delayed key once, at the earliest of its times', () => {
    const clock = handClock();
    const queue = createQueue('test', { clock });
    queue.addAfter('a', 1000);
    queue.addAfter('a', 300);
    queue.addAfter('a', 2000);
    clock.advance(299);
    expect(queue.length).toBe(0);
    clock.advance(1);
    expect(queue.length).toBe(1);
    clock.advance(5000);
    expect(queue.length).toBe(1);
  });

  it('doubles the backoff of a failing key from 5 ms to 5 min, and forgets it', () => {
    const clock = handClock();
    const rateLimiter = createRateLimiter(clock);
    const delays = Array.from({ length: 18 }, () => {
      clock.advance(60_000);
      return rateLimiter.delay('a');
    });
    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(delays.at(-1)).toBe(300_000);
    rateLimiter.forget('a');
    expect(rateLimiter.delay('a')).toBe(5);
  });

  it('lets 100 retries through at once and then 10 a second', () => {
    const clock = handClock();
    const rateLimiter = createRateLimiter(clock);
    const delays = Array.from({ length: 120 }, (_, n) => rateLimiter.delay(`key ${n}`));
    expect(Math.max(...delays.slice(0, 100))).toBe(5);
    expect(delays[100]).toBeCloseTo(100);
    expect(delays[119]).toBeCloseTo(2000);
  });

  it('waits at least as long as the server asked', () => {
    const clock = handClock();
    const queue = createQueue('test', { clock });
    queue.addRateLimited('a', { atLeastMs: 3000 });
    clock.advance(2999);
    expect(queue.length).toBe(0);
    clock.advance(1);
    expect(queue.length).toBe(1);
  });

  it('drains on shutdown: work in hand is finished, nothing more is given out', async () => {
    const queue = createQueue('test');
    queue.add('a');
    queue.add('b');
    await queue.take();
    let drained = false;
    const shutdown = queue.shutdown().then(() => {
      drained = true;
    });
    await settle();
    expect(drained).toBe(false);
    expect(await queue.take()).toBeUndefined();
    queue.add('c');
    queue.done('a');
    await shutdown;
    expect(queue.length).toBe(0);
  });

  it('tells waiting workers of the shutdown', async () => {
    const queue = createQueue('test');
    const taken = queue.take();
    await queue.shutdown();
    expect(await taken).toBeUndefined();
  });

  it('shows depth, adds, retries and ages in its metrics', async () => {
    const clock = handClock();
    const metrics = createMetrics();
    const queue = createQueue('models', { clock, metrics });
    queue.add('a');
    queue.add('b');
    clock.advance(500);
    await queue.take();
    queue.addRateLimited('c');
    clock.advance(1500);
    const text = await metrics.registry.metrics();
    expect(text).toContain('workqueue_depth{name="models"} 2');
    expect(text).toContain('workqueue_adds_total{name="models"} 3');
    expect(text).toContain('workqueue_retries_total{name="models"} 1');
    expect(text).toContain('workqueue_queue_duration_seconds_sum{name="models"} 0.5');
    expect(text).toContain('workqueue_unfinished_work_seconds{name="models"} 1.5');
    expect(text).toContain('workqueue_longest_running_processor_seconds{name="models"} 1.5');
  });
});

/** What can be done to a queue, in any order. */
const acts = fc.array(
  fc.oneof(
    fc.record({ act: fc.constantFrom('add', 'finish'), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ act: fc.constant('delay'), key: fc.constantFrom('a', 'b', 'c'), ms: fc.integer({ min: 0, max: 100 }) }),
    fc.record({ act: fc.constantFrom('take', 'wait'), key: fc.constant('') }),
  ),
  { maxLength: 60 },
);

describe('work queue, whatever happens to it', () => {
  it('never gives a key to two workers, and every added key is worked on after it was added', async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (steps) => {
        const clock = handClock();
        const queue = createQueue('test', { clock });
        const inWork = new Set<string>();
        const owed = new Set<string>();
        const twice: string[] = [];
        const startWorker = (): void => {
          void queue.take().then((key) => {
            if (key === undefined) return;
            if (inWork.has(key)) twice.push(key);
            inWork.add(key);
            owed.delete(key);
          });
        };
        for (const step of steps) {
          if (step.act === 'add') {
            owed.add(step.key);
            queue.add(step.key);
          }
          if (step.act === 'delay' && 'ms' in step) {
            queue.addAfter(step.key, step.ms);
            clock.advance(step.ms);
            owed.add(step.key);
          }
          if (step.act === 'take') startWorker();
          if (step.act === 'wait') clock.advance(10);
          if (step.act === 'finish' && inWork.delete(step.key)) queue.done(step.key);
          await settle();
        }
        await finishAll(queue, inWork, startWorker);
        expect({ twice, owed: [...owed] }).toEqual({ twice: [], owed: [] });
      }),
      { numRuns: 200 },
    );
  });
});

async function finishAll(queue: WorkQueue, inWork: Set<string>, startWorker: () => void): Promise<void> {
  for (let round = 0; round < 10; round++) {
    for (const key of [...inWork]) {
      inWork.delete(key);
      queue.done(key);
    }
    for (let worker = 0; worker < 3; worker++) startWorker();
    await settle();
  }
}
