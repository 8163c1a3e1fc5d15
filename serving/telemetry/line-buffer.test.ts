import { Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { eventually } from '../testing/http.ts';
import { createLineBuffer } from './line-buffer.ts';

/** A reader who takes nothing until told to. */
function reader() {
  const taken: string[] = [];
  let isTaking = true;
  let waiting: (() => void) | undefined;
  const stream = new Writable({
    decodeStrings: false,
    highWaterMark: 16_384,
    write(chunk: string, _encoding, done) {
      taken.push(chunk);
      if (isTaking) done();
      else waiting = done;
    },
  });
  return {
    stream,
    taken,
    stop: () => void (isTaking = false),
    goOn() {
      isTaking = true;
      waiting?.();
    },
  };
}

const line = (number: number) => `${String(number).padStart(99, '0')}\n`;
const numbers = (taken: readonly string[]) => taken.join('').split('\n').slice(0, -1).map(Number);

it('writes whole lines, many at once, and the last ones after a moment', async () => {
  const { stream, taken } = reader();
  const write = createLineBuffer(stream, 20);
  for (let number = 0; number < 100; number += 1) write(line(number));
  await eventually('all lines', () => numbers(taken).length === 100);
  expect(numbers(taken)).toEqual(Array.from({ length: 100 }, (_, number) => number));
  expect(taken.length).toBeLessThan(5);
  expect(taken.every((piece) => piece.length <= 4_096 && piece.endsWith('\n'))).toBe(true);
});

it('keeps what a slow reader has not taken, within bounds, and what comes then in order', async () => {
  const { stream, taken, stop, goOn } = reader();
  stop();
  const write = createLineBuffer(stream, 5);
  for (let number = 0; number < 60_000; number += 1) write(line(number));
  expect(stream.writableLength).toBeLessThan(64 * 1024);
  goOn();
  const kept = await eventually('what was kept', () => numbers(taken).length >= 41_900 && numbers(taken));
  expect(kept).toEqual(kept.map((_, number) => number));
  expect(kept.length).toBeLessThan(42_400);
});
