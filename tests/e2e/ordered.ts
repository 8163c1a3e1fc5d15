import { it } from '@jest/globals';

/**
 * Tests that build on each other: each starts from what the one before left, so after a failure the rest would only fail more
 * slowly.
 * @param holds what has to hold after each of them
 */
export function ordered(holds: () => Promise<void> = () => Promise.resolve()): (title: string, test: () => Promise<void>) => void {
  let isBroken = false;
  return (title, test) =>
    it(title, async () => {
      if (isBroken) throw new Error('an earlier test failed');
      isBroken = true;
      await test();
      await holds();
      isBroken = false;
    });
}
