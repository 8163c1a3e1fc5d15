import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, jest } from '@jest/globals';
import type { ModelVersion } from '../../operator/api/model.ts';
import { versionReplicaSetsOf } from '../../operator/plan/state/replicaSets.ts';
import { statePaths } from '../../tools/cluster/layout.ts';
import { until } from '../../tools/testenv/until.ts';
import { chapters, endLeader, openStage } from './stage.ts';

/**
 * Every way back to an earlier champion, under users, on a real cluster with real Argo Rollouts. The tests are chapters. None of
 * the users may ever get an error.
 */
jest.setTimeout(180_000);

const SHOP = 'e2e-ways-back';
const BY = 'kubectl-recommender/recommender-admin';
const USERS_PER_SECOND = 40;

const stage = await openStage(SHOP);

beforeAll(async () => {
  await wish('1.0.0');
  await stage.untilServing('1.0.0');
  await stage.shop.openDoors(USERS_PER_SECOND);
});

/** Limits so wide that 3.0.0, which throws for some readers, stays among users. */
const SPEC = {
  delivery: {
    canary: { steps: [{ weight: 10, hold: '1m' }] },
    progressDeadline: '1m',
    after: { watchFor: '0s' },
    validation: { load: { requestsPerSecond: 0 } },
  },
  analysis: { interval: '3s', window: '10s', minRequests: 20, guardrails: { averageLatency: '1s', p99Latency: '4s', errorRate: '1', inferenceErrorsPerMinute: 100_000, throttledRate: '1' } },
};
const wish = (version: string, metadata = {}) => stage.shop.wish(version, SPEC, metadata);

const versions = async () => (await stage.cluster.list('ModelVersion', SHOP)) as ModelVersion[];
const stages = async () => Object.fromEntries((await versions()).map(({ spec, status }) => [spec.version, status?.stage]));
const runs = async () => (await stage.rollout())?.spec.template.metadata?.annotations?.['recommender.dev/version'];
const untilBackOn = (version: string) =>
  stage.untilStatus(`everyone is back on ${version}`, ({ phase, champion, message = '' }) => phase === 'RolledBack' && champion?.version === version && !message.includes('is taking over'));
const askedFor = async (act: string) => (await stage.shop.model())?.metadata.annotations?.[`recommender.dev/${act}`] ?? '';
/** How often the act with this annotation is on record. */
const times = async (act: string, text: string) =>
  (await versions()).flatMap(({ status }) => status?.decisions ?? []).filter((each) => each.act === `${act} ${text}`).length;

/** Gives a version to everyone as soon as some have it. */
async function promote(version: string): Promise<void> {
  await stage.untilShare(version, 10);
  expect(await stage.recommender('promote', 'books', '--reason', 'on with it')).toMatchObject({ code: 0 });
  await stage.untilStatus(`${version} serves`, ({ message }) => message === `${version} serves everyone.`);
}
/** Where the store keeps the bundle: the node is this machine. */
async function bundleDir(version: string): Promise<string> {
  const store = await stage.cluster.get('Pod', { namespace: SHOP, name: 'store' });
  return join(statePaths.kubelet, 'pods', store?.metadata.uid ?? '', 'volumes/kubernetes.io~empty-dir/tmp/bundles', version);
}
const rollback = (to: string, reason: string, ...more: string[]) => stage.recommender('rollback', 'books', '--to', to, '--reason', reason, ...more);

/** Everything that must not change, as far as it is the operator's. */
async function world() {
  const { status } = (await stage.shop.model()) ?? {};
  const { phase, champion, candidate, history } = status ?? {};
  return { phase, champion, candidate, history, generation: (await stage.rollout())?.metadata.generation, versions: (await versions()).map((each) => each.status) };
}

/** The same manifest again and again, as Git and as somebody with kubectl apply it; resolves when the operator has seen it all. */
async function sync(version: string, count: number): Promise<void> {
  const file = join(mkdtempSync(join(tmpdir(), 'sync-')), 'books.json');
  const { apiVersion, kind, spec } = (await stage.shop.model())!;
  writeFileSync(file, JSON.stringify({ apiVersion, kind, metadata: { name: 'books', namespace: SHOP }, spec }));
  for (let each = 0; each < count; each += 1) {
    await wish(version);
    await stage.cluster.kubectl(['apply', '-f', file]);
  }
  rmSync(dirname(file), { recursive: true });
  // The operator notes every value of this annotation.
  const seen = `9.9.9 ${String(Date.now())} seen`;
  await wish(version, { annotations: { 'recommender.dev/retry': seen } });
  await stage.untilStatus('the operator has seen the syncs', ({ acts }) => acts?.retry === seen);
}

const chapter = chapters(() => stage.nobodyGotAnError());

describe('ways back', () => {
  chapter('two releases in a row: the last wish wins', async () => {
    await wish('2.0.0');
    await stage.untilShare('2.0.0', 10);
    await wish('2.1.0');
    await promote('2.1.0');
    expect((await stage.version('2.0.0'))?.status).toMatchObject({ stage: 'Candidate', decisions: [{ rule: 'WishMovedOn' }, {}, {}] });
    await wish('2.0.0');
    await promote('2.0.0');
    expect(await stages()).toEqual({ '1.0.0': 'Retired', '2.0.0': 'Champion', '2.1.0': 'Retired' });
  });

  chapter('a rollback to a version whose bundle is gone is refused before anything is touched', async () => {
    await until('the pods of 1.0.0 are gone', async () => versionReplicaSetsOf(await stage.cluster.list('ReplicaSet', SHOP)).every(({ version }) => version !== '1.0.0'), 60_000);
    const before = await world();
    const bundle = await bundleDir('1.0.0');
    renameSync(bundle, `${bundle}.away`);
    const { code, stdout, stderr } = await rollback('1.0.0', 'sales fell', '--timeout', '2m');
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^Error: rollback books 1\.0\.0 was refused: .* had no effect: its bundle could not be fetched \(.+\)\.\n$/)]);
    expect(await world()).toEqual(before);
    expect(await stage.recommender('status', 'books')).toMatchObject({ code: 0, stdout: 'Healthy: 2.0.0 serves everyone.\n' });
    renameSync(`${bundle}.away`, bundle);
  });

  chapter('a rollback to a version long before, and another rollback in the middle of it: the last one wins', async () => {
    expect(await rollback('1.0.0', 'sales fell')).toMatchObject({ code: 0, stderr: '' });
    await until('pods of 1.0.0 are on their way', async () => (await runs()) === '1.0.0');
    const first = await askedFor('rollback');
    const { code, stdout } = await rollback('2.1.0', 'not that far', '--timeout', '1m');
    expect([code, stdout]).toEqual([0, `2.1.0 is champion again, rolled back from 1.0.0 by ${BY} (not that far). Everyone returns to it.\n`]);
    const { message } = await untilBackOn('2.1.0');
    expect(message).toMatch(/^2\.0\.0 was rolled back\. 1\.0\.0 is champion again, rolled back from 2\.0\.0 by .* \(sales fell\)\./);
    expect(await stages()).toEqual({ '1.0.0': 'RolledBack', '2.0.0': 'RolledBack', '2.1.0': 'Champion' });
    expect([await times('rollback', first), await times('rollback', await askedFor('rollback'))]).toEqual([1, 1]);
    expect(await stage.recommender('status', 'books')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^RolledBack: 2\.0\.0 was rolled back/) });
  });

  chapter('ten syncs of the manifest that asks for the version given up change nothing', async () => {
    const before = await world();
    await sync('2.0.0', 5);
    expect(await world()).toEqual(before);
  });

  chapter('a rollback during a rollout acts once, though the operator is killed', async () => {
    await wish('1.0.0');
    expect(await stage.recommender('retry', 'books', '--reason', 'it was not to blame')).toMatchObject({ code: 0 });
    await promote('1.0.0');
    await wish('3.0.0');
    await stage.untilShare('3.0.0', 10);
    expect(await rollback('2.1.0', 'readers complain', '--no-wait')).toMatchObject({ code: 0 });
    await endLeader(stage.cluster, 'SIGKILL');
    await untilBackOn('2.1.0');
    expect(await times('rollback', await askedFor('rollback'))).toBe(1);
    expect(await stages()).toEqual({ '1.0.0': 'RolledBack', '2.0.0': 'RolledBack', '2.1.0': 'Champion', '3.0.0': 'RolledBack' });
  });

  chapter('a model that is deleted and made anew under its name knows its versions, owns all that is there, and does no old act again', async () => {
    await stage.cluster.remove('Pod', { namespace: SHOP, name: 'users' });
    const retry = await askedFor('retry');
    await stage.cluster.remove('RecommenderModel', { namespace: SHOP, name: 'books' });
    await until('model and users are gone', async () => !(await stage.shop.model()) && !(await stage.cluster.get('Pod', { namespace: SHOP, name: 'users' })));
    await wish('1.0.0', { annotations: { 'recommender.dev/retry': retry } });
    await untilBackOn('2.1.0');
    const { uid } = (await stage.shop.model())?.metadata ?? {};
    await until('nothing belongs to the one before', async () => {
      const kinds = ['Rollout', 'Service', 'AnalysisTemplate', 'Role'] as const;
      const owners = (await Promise.all(kinds.map((kind) => stage.cluster.list(kind, SHOP, 'app.kubernetes.io/managed-by=recommender-operator')))).flat().map(({ metadata }) => metadata.ownerReferences);
      return owners.length > 0 && owners.every((each) => each?.length === 1 && each[0]?.uid === uid);
    });
    expect([await stages(), await times('retry', retry)]).toMatchObject([{ '1.0.0': 'RolledBack', '2.1.0': 'Champion' }, 1]);
    await stage.shop.openDoors(USERS_PER_SECOND);
  });
});
