/** The event loop works on what came for so long before it reads on, and at most reads as long before it works on, ms. */
export const SLICE_MS = 2;

/** Spreads work over the turns of the event loop. */
interface Intake<T> {
  /** Takes the item at once, or in the order of its coming where a slice of time is used up. */
  offer(item: T): void;
  /** Items not yet taken. To be asked whenever something comes, for it also gives them their share of a long turn. */
  kept(): number;
}

interface Clock {
  /** Milliseconds, never goes back. */
  now: () => number;
  /** Calls back when all sockets have been read that had something to say. */
  afterReading: (act: () => void) => void;
  /** Calls back when what has just been begun has got as far as it can. */
  soon: (act: () => void) => void;
}

const OWN_CLOCK: Clock = {
  now: () => performance.now(),
  afterReading: (act) => void setImmediate(act),
  soon: (act) => process.nextTick(act),
};

/**
 * Keeps the turns of the event loop short. Within one, libuv reads 1,024 sockets up to 48 times: as long as callers
 * send the next request as soon as one is answered, nothing else would have its turn for seconds, neither probes nor
 * workers. A request that is read late in a turn is therefore kept; nothing new comes on its connection until it is
 * answered, and so what one turn reads is bounded by the number of connections. Unless it is refused: then a turn may
 * still be long, and half of it is for what is kept.
 */
export function createIntake<T>(take: (item: T) => void, { now, afterReading, soon } = OWN_CLOCK): Intake<T> {
  const kept: T[] = [];
  /** When the slice began; absent while there is nothing to do. */
  let began: number | undefined;

  function goOn(): void {
    if (kept.length === 0) return void (began = undefined);
    beginSlice();
    afterReading(goOn);
  }

  function beginSlice(): void {
    began = now();
    takeNext();
  }

  /** One at a time, so that the time it takes is seen before the next. */
  function takeNext(): void {
    const isOver = began !== undefined && now() - began >= SLICE_MS;
    const next = isOver ? undefined : kept.shift();
    if (next === undefined) return;
    take(next);
    soon(takeNext);
  }

  return {
    offer(item) {
      if (began === undefined) {
        began = now();
        afterReading(goOn);
      }
      if (kept.length > 0 || now() - began >= SLICE_MS) kept.push(item);
      else take(item);
    },
    kept() {
      if (kept.length > 0 && began !== undefined && now() - began >= 2 * SLICE_MS) beginSlice();
      return kept.length;
    },
  };
}
