// What releases take, and what a shadow costs: `npm run bench:delivery`. The last line is one JSON object; times in milliseconds.
import { clusterStatus } from '../../../tools/cluster/status.ts';
import { down } from '../../../tools/cluster/down.ts';
import { up } from '../../../tools/cluster/up.ts';
import { openLocalEnvironment } from '../../../tools/testenv/local.ts';
import { endAll, endAllWhenInterrupted } from '../serving/process.ts';
import { writeBundle } from '../serving/bundle.ts';
import { atMost, type Figure, p99AtMost, quantile, rounded } from './figures.ts';
import { measureReleases } from './releases.ts';
import { measureShadowLatency, startPair } from './shadow/latency.ts';
import { measureShadowMemory } from './shadow/memory.ts';
import { measureStarts, type Start } from './starts.ts';

type Figures = Record<string, Figure>;

const MODELS = 6;
const ITEMS = 10_000;
const say = (text: string) => console.log(`bench:delivery ${text}`);

/** On this machine alone, before there is a cluster whose parts would take their share of it. */
async function shadow(): Promise<Figures> {
  endAllWhenInterrupted();
  const bundle = await writeBundle(ITEMS);
  try {
    say('champions with and without a shadow in turn, half of the time of their core free …');
    const pair = await startPair(bundle);
    const shadowP99 = await measureShadowLatency(pair, { connections: 8, thinkMs: 10 });
    say('the same on a core that is never free …');
    const shadowP99BusyCore = await measureShadowLatency(pair, { connections: 1 });
    for (const champion of pair) await champion.end();
    say('the memory of champions with and without a shadow …');
    return { shadowP99, shadowP99BusyCore, shadowMemoryMiB: await measureShadowMemory(bundle) };
  } finally {
    await endAll();
  }
}

async function releases(): Promise<Figures> {
  const wasUp = (await clusterStatus()).up;
  await up(say);
  try {
    return await onCluster();
  } finally {
    if (!wasUp) await down();
  }
}

async function onCluster(): Promise<Figures> {
  const { cluster, environment } = await openLocalEnvironment('bench-delivery');
  try {
    say(`${String(MODELS)} models, each with two versions, from apply to Rollout …`);
    const starts = await measureStarts(cluster, environment, MODELS);
    say('releases of many steps, and the ways back …');
    const { weights, rollbacks, requests, failures } = await measureReleases(cluster, environment);
    for (const failure of failures.slice(0, 10)) say(`a request failed: ${failure}`);
    return {
      applyToRollout: { ...p99AtMost(starts.map(whole), 250), ...parts(starts) },
      weightToAllSplitters: p99AtMost(weights, 1_000),
      rollbackToAllUsers: p99AtMost(rollbacks, 5_000),
      failedRequests: atMost(failures.length, 0, { requests }),
    };
  } finally {
    await environment.close();
    await cluster.close();
  }
}

/** Where the time goes. */
function parts(starts: readonly Start[]) {
  const median = (of: keyof Start): number => rounded(quantile(starts.map((each) => each[of]), 0.5));
  const [slowest] = starts.toSorted((a, b) => whole(b) - whole(a)).map(({ applyToJob, reportToRollout }) => ({ applyToJob: rounded(applyToJob), reportToRollout: rounded(reportToRollout) }));
  return { applyToJobP50: median('applyToJob'), reportToRolloutP50: median('reportToRollout'), slowest };
}

const whole = ({ applyToJob, reportToRollout }: Start): number => applyToJob + reportToRollout;

const PARTS = { shadow, releases };
const wanted = process.argv.slice(2);
const unknown = wanted.find((each) => !(each in PARTS));
if (unknown !== undefined) {
  console.error(`“${unknown}” is no part of this benchmark: name shadow, releases, or nothing for both.`);
  process.exit(2);
}
const started = performance.now();
const figures: Figures = {};
for (const [name, measure] of Object.entries(PARTS)) if (wanted.length === 0 || wanted.includes(name)) Object.assign(figures, await measure());
const missed = Object.keys(figures).filter((name) => figures[name]?.reached === false);
console.log(JSON.stringify({ bench: 'delivery', seconds: Math.round((performance.now() - started) / 1000), figures, missed }));
process.exit(0);
