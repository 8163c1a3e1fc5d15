import { it } from '@jest/globals';

/**
 * `it` for tests that build on the ones before: after a failure the rest would only fail more slowly.
 * @param after what has to hold at the end of each
 */
export function chapters(after: () => Promise<void> = () => Promise.resolve()): (title: string, tell: () => Promise<void>) => void {
  let isBroken = false;
  return (title, tell) => {
    it(title, async () => {
      if (isBroken) throw new Error('an earlier chapter failed');
      isBroken = true;
      await tell();
      await after();
      isBroken = false;
    });
  };
}
