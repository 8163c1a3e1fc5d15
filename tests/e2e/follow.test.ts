import { describe, expect, it, jest } from '@jest/globals';
import { statePaths } from '../../tools/cluster/layout.ts';
import { recommender as runRecommender } from '../../tools/cli/testing/recommender.ts';
import { openStage } from './stage.ts';

/** What somebody sees who follows a release by the command line, on a real cluster with users. The tests are chapters. */
jest.setTimeout(240_000);

const SHOP = 'e2e-follow';
const { shop, untilStatus, nobodyGotAnError } = await openStage(SHOP);

const recommender = async (...words: string[]) => {
  const { code, stdout, stderr } = await runRecommender([...words, '-n', SHOP], statePaths.kubeconfig);
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
};

/** Ten users a second of whom two are the candidate's: its gate needs them for more than a minute. */
const spec = (weights: readonly number[]) => ({
  delivery: { canary: { steps: weights.map((weight) => ({ weight, hold: '15s' })) }, after: { watchFor: '0s' }, progressDeadline: '1m' },
  analysis: { interval: '3s', window: '20s', minRequests: 200, guardrails: { averageLatency: '1s', p99Latency: '4s' } },
});

describe('who follows a release', () => {
  it('sees until when a step holds, and which share of users it is to have and has', async () => {
    await shop.wish('1.0.0', spec([20, 50]));
    await untilStatus('1.0.0 serves', ({ phase }) => phase === 'Healthy');
    await shop.openDoors(10);
    await shop.wish('2.0.0', spec([20, 50]));
    const { candidate } = await untilStatus('the first step holds', ({ candidate }) => candidate?.holdsUntil !== undefined);
    expect(candidate).toMatchObject({ version: '2.0.0', weight: 20, desiredWeight: 20, step: 1, steps: 2 });
    expect(await recommender('get', 'books')).toMatch(/├─ step 1 of 2, desired 20%, actual 20% of users\n(.*\n)?.*└─ holding: the gate is checked (in \d+s|any moment now)\n/);
  });

  it('sees how many users it has, how many requests are missing, and about how long that takes', async () => {
    const { message, candidate } = await untilStatus('the gate can tell how long it takes', ({ candidate }) => candidate?.verdictExpectedAt !== undefined);
    expect(message).toMatch(/^2\.0\.0 at 20% of users, step 1 of 2: \d+ of 200 requests needed, about \d min to a verdict\.$/);
    expect(candidate?.users).toBeGreaterThan(0);
    const tree = await recommender('get', 'books');
    console.log(tree);
    expect(tree).toMatch(/├─ \d+ users seen in five minutes\n.*└─ measuring: a verdict is expected (in about (\d+m)?(\d+s)?|any moment now)\n/);
  });

  it('is told that other steps count from the next candidate on, and which step it is at all the same', async () => {
    await shop.wish('2.0.0', spec([20, 40, 60]));
    const { message } = await untilStatus('the change is seen', ({ message }) => message?.includes('delivery.canary') === true);
    expect(message).toMatch(/, step 1 of 2: .* The change of delivery\.canary takes effect with the next candidate\.$/);
  });

  it('gives it up with a reason, and reads why', async () => {
    expect(await recommender('abort', 'books', '--reason', 'wrong catalogue')).toMatch(/^2\.0\.0 was aborted at 20% of users, step 1 of 2, by kubectl-recommender\/\S+ \(wrong catalogue\)\./);
    await untilStatus('it is rejected', ({ phase }) => phase === 'Rejected');
    expect(await recommender('why', 'books@2.0.0')).toContain('AbortedByHand');
    await nobodyGotAnError();
  });
});
