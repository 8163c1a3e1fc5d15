import { expect, it } from '@jest/globals';
import { backoff } from './backoff.ts';

const BOUNDS = { first: 100, longest: 5_000 };

it.each([[1, 100], [2, 200], [6, 3_200], [7, 5_000], [5_000, 5_000]])('after %d failures it is %d ms, or by chance down to half of that', (failures, longest) => {
  expect([backoff(failures, BOUNDS, 0), backoff(failures, BOUNDS, 1)]).toEqual([longest, longest / 2]);
});
