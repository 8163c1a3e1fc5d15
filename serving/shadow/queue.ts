import type { Duplicate } from './messages.ts';

/** What may be on its way at once, waiting included. */
export interface Bounds {
  requests: number;
  bytes: number;
}

/** One message for so many, since a message costs the sender more than what is in it. */
const MOST_TOGETHER = 64;

/** Duplicates on their way: as many as there is room for, the others are dropped. Nobody waits for any of it. */
export interface Queue {
  /**
   * @param size bytes of what `copy` makes; nothing is copied where there is no room
   * @returns false = there is no room
   */
  offer(size: number, copy: () => Duplicate): boolean;
  /** So many have ended, which held so many bytes. */
  ended(requests: number, bytes: number): void;
  /** How many are on their way. */
  length(): number;
}

/**
 * @param post takes a batch over
 * @param later calls back in a moment; what comes until then goes along
 */
export function createQueue(bounds: Bounds, post: (batch: Duplicate[]) => void, later: (act: () => void) => void): Queue {
  let batch: Duplicate[] = [];
  let requests = 0;
  let bytes = 0;

  function send(): void {
    if (batch.length === 0) return;
    post(batch);
    batch = [];
  }

  return {
    offer(size, copy) {
      if (requests >= bounds.requests || bytes + size > bounds.bytes) return false;
      requests += 1;
      bytes += size;
      batch.push(copy());
      if (batch.length === 1) later(send);
      if (batch.length === MOST_TOGETHER) send();
      return true;
    },
    ended(theirs, size) {
      requests -= theirs;
      bytes -= size;
    },
    length: () => requests,
  };
}
