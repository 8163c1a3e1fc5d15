// How fast releases are on the local cluster: `npm run bench:delivery`. The last line is one JSON object; times in milliseconds.
import { openStage } from '../../e2e/stage.ts';
import { measureReleases } from './releases.ts';
import { measureStarts } from './starts.ts';

const STARTS = 20;
const say = (text: string) => console.log(`bench:delivery ${text}`);

const { cluster, shop } = await openStage('bench-delivery');
try {
  say(`${String(STARTS)} models from apply to Rollout`);
  const starts = await measureStarts(cluster, shop, STARTS);
  say('two releases of five steps each, and the way back');
  const { weights, rollbacks, requests, failures } = await measureReleases(cluster, shop, ['2.0.0', '2.1.0']);
  for (const failure of failures.slice(0, 10)) say(`a request failed: ${failure}`);
  const figures = {
    applyToRolloutMs: spread(starts),
    weightToAllSplittersMs: spread(weights),
    rollbackToAllUsersMs: spread(rollbacks),
    requests,
    failedRequests: failures.length,
  };
  console.log(JSON.stringify(figures));
} finally {
  await shop.close();
  await cluster.close();
}

/** By nearest rank: of few values the 99th percentile is the largest. */
function spread(values: readonly number[]): { count: number; p50: number; p99: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? NaN);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
}
