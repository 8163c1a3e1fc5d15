import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import type { ModelVersion } from '../../operator/api/model.ts';
import { versionReplicaSetsOf } from '../../operator/plan/state/replicaSets.ts';
import { until } from '../../tools/testenv/until.ts';
import { openE2E } from './e2e.ts';
import { endLeader } from './endLeader.ts';
import { loseChampions } from './lostChampions.ts';
import { ordered } from './ordered.ts';
import { storedBundle } from './shared.ts';

/**
 * Every way back to an earlier champion, by the watch and by people, under users, on a real cluster with real Argo Rollouts and
 * Prometheus. The tests build on each other. None of the users may ever get an error.
 */
jest.setTimeout(180_000);

const NAMESPACE = 'e2e-ways-back';
const BY = 'kubectl-recommender/recommender-admin';
const USERS_PER_SECOND = 40;

const e2e = await openE2E(NAMESPACE);
const withoutUsers = await openE2E(`${NAMESPACE}-lost`);

/** A copy of 1.0.0 that nobody else needs, so that it can be taken away. */
const COPY = 'ways-back-1.0.0';
const published = e2e.release('1.0.0');
const release = { ...published, uri: published.uri.replace('/1.0.0/', `/${COPY}/`) };
let copy: string;
/** Mostly waits, so it goes on beside the other tests. */
let lost: ReturnType<typeof loseChampions>;

beforeAll(async () => {
  lost = loseChampions(withoutUsers);
  // It is awaited at the end.
  lost.catch(() => undefined);
  copy = await storedBundle(e2e.cluster, COPY);
  cpSync(await storedBundle(e2e.cluster, '1.0.0'), copy, { recursive: true });
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/**
 * Limits so wide that 3.0.0, which throws for a part of the readers, stays among users, and passes its canary. What is left is the
 * comparison with the champion before.
 */
const GUARDRAILS = { averageLatency: '1s', p99Latency: '4s', errorRate: '1', inferenceErrorsPerMinute: 100_000, throttledRate: '1' };
const STEERED = {
  delivery: { canary: { steps: [{ weight: 10, hold: '1m' }] } },
  analysis: { interval: '3s', window: '10s', minRequests: 20, guardrails: GUARDRAILS },
};
const WATCHED = {
  delivery: { canary: { steps: [{ weight: 20, hold: '3s' }] }, after: { watchFor: '10m' } },
  analysis: { interval: '3s', window: '20s', minRequests: 20, guardrails: GUARDRAILS },
};
const apply = (version: string, metadata = {}, spec: object = STEERED) => e2e.apply(version, { ...spec, ...(version === '1.0.0' ? { release } : {}) }, metadata);

const versions = async () => (await e2e.cluster.list('ModelVersion', NAMESPACE)) as ModelVersion[];
const stages = async () => Object.fromEntries((await versions()).map(({ spec, status }) => [spec.version, status?.stage]));
const runs = async () => (await e2e.rollout())?.spec.template.metadata?.annotations?.['recommender.dev/version'];
const untilBackOn = (version: string) =>
  e2e.untilStatus(`everyone is back on ${version}`, ({ phase, champion, message = '' }) => phase === 'RolledBack' && champion?.version === version && message.includes('It is not retried until') && !message.includes('is taking over'));
const askedFor = async (act: string) => (await e2e.model())?.metadata.annotations?.[`recommender.dev/${act}`] ?? '';
/** How often the act with this annotation is on record. */
const times = async (act: string, text: string) =>
  (await versions()).flatMap(({ status }) => status?.decisions ?? []).filter((each) => each.act === `${act} ${text}`).length;

/** Gives a version to everyone as soon as some have it. */
async function promote(version: string): Promise<void> {
  await e2e.untilShare(version, 10);
  expect(await e2e.recommender('promote', 'books', '--reason', 'on with it')).toMatchObject({ code: 0 });
  await e2e.untilStatus(`${version} serves`, ({ message }) => message === `${version} serves everyone.`);
}
const rollback = (to: string, reason: string, ...more: string[]) => e2e.recommender('rollback', 'books', '--to', to, '--reason', reason, ...more);

/** Everything that must not change, as far as it is the operator's. */
async function world() {
  const { status } = (await e2e.model()) ?? {};
  const { phase, champion, candidate, history } = status ?? {};
  return { phase, champion, candidate, history, generation: (await e2e.rollout())?.metadata.generation, versions: (await versions()).map((each) => each.status) };
}

/** The same manifest again and again, as Git and as somebody with kubectl apply it; resolves when the operator has seen it all. */
async function sync(version: string, count: number): Promise<void> {
  const file = join(mkdtempSync(join(tmpdir(), 'sync-')), 'books.json');
  const { apiVersion, kind, spec } = (await e2e.model())!;
  writeFileSync(file, JSON.stringify({ apiVersion, kind, metadata: { name: 'books', namespace: NAMESPACE }, spec }));
  for (let each = 0; each < count; each += 1) {
    await apply(version);
    await e2e.cluster.kubectl(['apply', '-f', file]);
  }
  rmSync(dirname(file), { recursive: true });
  // The operator notes every value of this annotation.
  const seen = `9.9.9 ${String(Date.now())} seen`;
  await apply(version, { annotations: { 'recommender.dev/retry': seen } });
  await e2e.untilStatus('the operator has seen the syncs', ({ acts }) => acts?.retry === seen);
}

const step = ordered(() => e2e.nobodyGotAnError());

const untilWatched = (version: string) => e2e.untilStatus(`${version} is watched`, ({ phase, champion }) => phase === 'Watching' && champion?.version === version);

describe('the watch after a promotion', () => {
  step('returns everyone from a version that is worse than the one before, without a failed request', async () => {
    await apply('1.0.0', {}, WATCHED);
    await Promise.all([untilWatched('1.0.0'), e2e.startTraffic(USERS_PER_SECOND)]);
    await e2e.untilStatus('the first one holds its limits', ({ verdicts }) => verdicts?.some(({ metric, verdict }) => metric === 'error-rate' && verdict === 'Pass') === true);

    await apply('3.0.0', {}, WATCHED);
    const { message, champion } = await e2e.untilStatus('everyone is back', ({ phase }) => phase === 'RolledBack');
    expect(champion?.version).toBe('1.0.0');
    expect(message).toMatch(/because 3\.0\.0 violated its guardrails after its promotion: its share of failed requests was [\d.]+ times that of 1\.0\.0/);
    const record = (await e2e.version('3.0.0'))?.status;
    expect(record).toMatchObject({ stage: 'RolledBack', decisions: [{ rule: 'WatchViolated', by: 'recommender-operator' }, { to: 'Champion' }, {}, {}] });
    const passed = record?.decisions?.[0]?.evidence?.filter(({ verdict }) => verdict === 'Pass').map(({ metric }) => metric);
    expect(passed).toEqual(expect.arrayContaining(['error-rate', 'average-latency', 'inference-errors', 'throttled-rate', 'average-latency-ratio']));
  });

  step('leaves no step on the Rollout, and a sync of the same manifest changes nothing', async () => {
    await e2e.untilSettledOn('1.0.0');
    const rollout = await until('the step of the way back is gone', async () => {
      const now = await e2e.rollout();
      return now?.spec.strategy?.canary?.steps === undefined ? now : undefined;
    }, 60_000);
    const seen = '9.9.9 a sync of the same manifest';
    await apply('3.0.0', { annotations: { 'recommender.dev/retry': seen } }, WATCHED);
    await e2e.untilStatus('the operator has seen the sync', ({ acts }) => acts?.retry === seen);
    expect(await e2e.model()).toMatchObject({ status: { phase: 'RolledBack', champion: { version: '1.0.0' } } });
    expect((await e2e.rollout())?.metadata.generation).toBe(rollout.metadata.generation);
  });
});

describe('ways back', () => {
  step('two releases in a row: the last desired version wins', async () => {
    await apply('2.0.0');
    await e2e.untilShare('2.0.0', 10);
    await apply('2.1.0');
    await promote('2.1.0');
    expect((await e2e.version('2.0.0'))?.status).toMatchObject({ stage: 'Candidate', decisions: [{ rule: 'WishMovedOn' }, {}, {}] });
    await apply('2.0.0');
    await promote('2.0.0');
    expect(await stages()).toEqual({ '1.0.0': 'Retired', '2.0.0': 'Champion', '2.1.0': 'Retired', '3.0.0': 'RolledBack' });
  });

  step('a rollback to a version whose bundle is gone is refused before anything is touched', async () => {
    await until('the pods of 1.0.0 are gone', async () => versionReplicaSetsOf(await e2e.cluster.list('ReplicaSet', NAMESPACE)).every(({ version }) => version !== '1.0.0'), 60_000);
    const before = await world();
    renameSync(copy, `${copy}.away`);
    const { code, stdout, stderr } = await rollback('1.0.0', 'sales fell', '--timeout', '2m');
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^Error: rollback books 1\.0\.0 was refused: .* had no effect: its bundle could not be fetched \(.+\)\.\n$/)]);
    expect(await world()).toEqual(before);
    expect(await e2e.recommender('status', 'books')).toMatchObject({ code: 0, stdout: 'Healthy: 2.0.0 serves everyone.\n' });
    renameSync(`${copy}.away`, copy);
  });

  step('a rollback to a version long before, and another rollback in the middle of it: the last one wins', async () => {
    expect(await rollback('1.0.0', 'sales fell')).toMatchObject({ code: 0, stderr: '' });
    await until('pods of 1.0.0 are on their way', async () => (await runs()) === '1.0.0');
    const first = await askedFor('rollback');
    const { code, stdout } = await rollback('2.1.0', 'not that far', '--timeout', '1m');
    expect([code, stdout]).toEqual([0, `2.1.0 is champion again, rolled back from 1.0.0 by ${BY} (not that far). Everyone returns to it.\n`]);
    const { message } = await untilBackOn('2.1.0');
    expect(message).toMatch(/^2\.0\.0 was rolled back\. 1\.0\.0 is champion again, rolled back from 2\.0\.0 by .* \(sales fell\)\./);
    expect(await stages()).toEqual({ '1.0.0': 'RolledBack', '2.0.0': 'RolledBack', '2.1.0': 'Champion', '3.0.0': 'RolledBack' });
    expect([await times('rollback', first), await times('rollback', await askedFor('rollback'))]).toEqual([1, 1]);
    expect(await e2e.recommender('status', 'books')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^RolledBack: 2\.0\.0 was rolled back/) });
  });

  step('ten syncs of the manifest that asks for the version given up change nothing', async () => {
    const before = await world();
    await sync('2.0.0', 5);
    expect(await world()).toEqual(before);
  });

  step('a rollback during a rollout acts once, though the operator is killed', async () => {
    await apply('1.0.0');
    expect(await e2e.recommender('retry', 'books', '--reason', 'it was not to blame')).toMatchObject({ code: 0 });
    await promote('1.0.0');
    await apply('3.0.0');
    expect(await e2e.recommender('retry', 'books', '--reason', 'to see more of it')).toMatchObject({ code: 0 });
    await e2e.untilShare('3.0.0', 10);
    expect(await rollback('2.1.0', 'readers complain', '--no-wait')).toMatchObject({ code: 0 });
    await endLeader(e2e.cluster, 'SIGKILL');
    await untilBackOn('2.1.0');
    expect(await times('rollback', await askedFor('rollback'))).toBe(1);
    expect(await stages()).toEqual({ '1.0.0': 'RolledBack', '2.0.0': 'RolledBack', '2.1.0': 'Champion', '3.0.0': 'RolledBack' });
  });

  step('a model that is deleted and made anew under its name knows its versions, owns all that is there, and does no old act again', async () => {
    await e2e.cluster.remove('Pod', { namespace: NAMESPACE, name: 'users' });
    const retry = await askedFor('retry');
    await e2e.cluster.remove('RecommenderModel', { namespace: NAMESPACE, name: 'books' });
    await until('model and users are gone', async () => !(await e2e.model()) && !(await e2e.cluster.get('Pod', { namespace: NAMESPACE, name: 'users' })));
    await apply('1.0.0', { annotations: { 'recommender.dev/retry': retry } });
    await untilBackOn('2.1.0');
    const { uid } = (await e2e.model())?.metadata ?? {};
    await until('nothing belongs to the one before', async () => {
      const kinds = ['Rollout', 'Service', 'AnalysisTemplate', 'Role'] as const;
      const owners = (await Promise.all(kinds.map((kind) => e2e.cluster.list(kind, NAMESPACE, 'app.kubernetes.io/managed-by=recommender-operator')))).flat().map(({ metadata }) => metadata.ownerReferences);
      return owners.length > 0 && owners.every((each) => each?.length === 1 && each[0]?.uid === uid);
    });
    expect([await stages(), await times('retry', retry)]).toMatchObject([{ '1.0.0': 'RolledBack', '2.1.0': 'Champion' }, 1]);
    await e2e.startTraffic(USERS_PER_SECOND);
  });
});

describe('a champion that is lost for good, beside which nobody is served', () => {
  step('is replaced by the next version, by itself after progressDeadline or at once by promote', async () => {
    const { first, code, second, promotion, decisions } = await lost;
    expect([first.phase, first.champion?.version, code, second.phase, second.champion?.version]).toEqual(['Degraded', '1.0.0', 3, 'Degraded', '2.0.0']);
    expect(promotion).toMatchObject({ code: 0, stdout: expect.stringContaining(`2.1.0 was promoted by ${BY} (the shop is down), because champion 2.0.0 served nobody.`) });
    const rules = ['PromotedByHand', 'PromotedByHand', 'ValidationPassed', 'ValidationStarted', 'Succeeded', 'ChampionServedNobody', 'ChampionServedNobody', 'ValidationPassed', 'ValidationStarted'];
    expect(decisions.map(({ rule }) => rule)).toEqual(rules);
    expect(decisions[6]?.reason).toMatch(/^2\.0\.0 was promoted without further steps: champion 1\.0\.0 had no ready pod since .* UTC \(container fetch: .*404.*\)\. It takes over as soon as its pods are ready\.$/);
  });
});
