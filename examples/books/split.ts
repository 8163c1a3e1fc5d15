import type { Reading } from './generate.ts';

/** What a recommender may learn from, and what it is measured on. Both hold the items of each user, by user number. */
export interface Split {
  train: number[][];
  heldOut: ReadonlySet<number>[];
}

/** Holds out each user's latest `count` readings, so that the past predicts the future. */
export function leaveLatestOut(readings: readonly Reading[], users: number, count: number): Split {
  const histories: Reading[][] = Array.from({ length: users }, () => []);
  for (const reading of readings) histories[reading.user]!.push(reading);
  const inOrder = histories.map((history) => history.toSorted((a, b) => a.order - b.order).map(({ item }) => item));
  return {
    train: inOrder.map((items) => items.slice(0, -count)),
    heldOut: inOrder.map((items) => new Set(items.slice(-count))),
  };
}

/** The same readings seen from the items: users by item number. */
export function transpose(itemsOfUser: readonly (readonly number[])[], items: number): number[][] {
  const usersOfItem: number[][] = Array.from({ length: items }, () => []);
  itemsOfUser.forEach((read, user) => {
    for (const item of read) usersOfItem[item]!.push(user);
  });
  return usersOfItem;
}
