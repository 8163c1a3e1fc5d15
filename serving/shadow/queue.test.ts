import { describe, expect, it } from '@jest/globals';
import type { Duplicate } from './messages.ts';
import { createQueue } from './queue.ts';

const duplicate = (size: number): [number, () => Duplicate] => [size, () => ({ body: 'x'.repeat(size), answer: '', requestId: 'r1', credentials: {} })];

/** A queue whose moments pass when the test says so. */
function queueOf(bounds: { requests: number; bytes: number }) {
  const posted: number[] = [];
  const acts: (() => void)[] = [];
  const queue = createQueue(bounds, (batch) => void posted.push(batch.length), (act) => void acts.push(act));
  return { queue, posted, aMomentLater: () => acts.splice(0).forEach((act) => act()) };
}

describe('the queue of duplicates', () => {
  it('sends what comes within a moment together', () => {
    const { queue, posted, aMomentLater } = queueOf({ requests: 10, bytes: 100 });
    for (let request = 0; request < 3; request += 1) queue.offer(...duplicate(1));
    expect(posted).toEqual([]);
    aMomentLater();
    aMomentLater();
    expect(posted).toEqual([3]);
  });

  it('does not wait for the moment when it has many', () => {
    const { queue, posted } = queueOf({ requests: 200, bytes: 1000 });
    for (let request = 0; request < 130; request += 1) queue.offer(...duplicate(1));
    expect(posted).toEqual([64, 64]);
  });

  it('takes no more than it has room for, and again when something has ended', () => {
    const { queue } = queueOf({ requests: 2, bytes: 100 });
    expect([1, 2, 3].map(() => queue.offer(...duplicate(1)))).toEqual([true, true, false]);
    queue.ended(1, 1);
    expect([queue.offer(...duplicate(1)), queue.offer(...duplicate(1))]).toEqual([true, false]);
    expect(queue.length()).toBe(2);
  });

  it('copies nothing that it has no room for', () => {
    const { queue } = queueOf({ requests: 1, bytes: 100 });
    queue.offer(...duplicate(1));
    const copy = () => {
      throw new Error('was copied');
    };
    expect(queue.offer(1, copy)).toBe(false);
  });

  it('counts bytes, of which large requests have many', () => {
    const { queue } = queueOf({ requests: 10, bytes: 100 });
    expect([60, 60, 40, 1].map((size) => queue.offer(...duplicate(size)))).toEqual([true, false, true, false]);
    queue.ended(1, 60);
    expect(queue.offer(...duplicate(60))).toBe(true);
  });
});
