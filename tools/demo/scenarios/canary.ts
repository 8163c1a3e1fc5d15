import { releaseBroken, untilPromoted } from '../releases.ts';
import { applyAgain } from '../resync.ts';
import type { Scenario } from './scenario.ts';

/** A better version goes to a growing share of readers; a broken one is rejected among the first of them. */
export const canary: Scenario = {
  introduction:
    'A book shop recommends books with a model. You will see three versions of that model released: a first one, a better one, ' +
    'and a broken one. Readers send requests all the time, and nobody decides anything by hand.',
  spec: {},
  first: '1.0.0',
  trained: ['1.0.0', '2.0.0'],
  run: async ({ cluster, environment, output, section }) => {
    await section('Version 2.0.0, a better one', async () => {
      output.say('It is validated first, then serves 10% of the readers, then 50%. At each step it must answer enough requests, within its guardrails.');
      await untilPromoted(environment, output, { version: '2.0.0', from: '1.0.0' });
    });
    const reason = await section('Version 3.0.0, a broken one', () => releaseBroken(environment, output, '2.0.0'));
    await section('Version 3.0.0 again', () => applyAgain(cluster, environment, output));
    return { promoted: '2.0.0', rejected: '3.0.0', reason };
  },
};
