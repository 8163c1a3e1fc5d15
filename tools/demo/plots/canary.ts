import { tellBroken, tellPromoted } from '../releases.ts';
import { tellAgain } from '../resync.ts';
import type { Plot } from './plot.ts';

/** A better version goes to a growing share of readers, a broken one is taken back from the first of them. */
export const canary: Plot = {
  introduction:
    'A book shop recommends books with a model. You will see it release three versions of that model: a first one, a better one, ' +
    'and a broken one. Readers ask all the time, and no person decides anything.',
  asked: {},
  first: '1.0.0',
  trained: ['1.0.0', '2.0.0'],
  play: async ({ cluster, shop, tell, chapter }) => {
    await chapter('Version 2.0.0, a better one', async () => {
      tell.say('It is checked first, then given to 10% of the readers, then to 50%. At each step it must answer enough of them, and well.');
      await tellPromoted(shop, tell, { version: '2.0.0', from: '1.0.0' });
    });
    const reason = await chapter('Version 3.0.0, a broken one', () => tellBroken(shop, tell, '2.0.0'));
    await chapter('Version 3.0.0 again', () => tellAgain(cluster, shop, tell));
    return { promoted: '2.0.0', rejected: '3.0.0', reason };
  },
};
