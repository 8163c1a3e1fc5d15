import type { ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Rollout } from '../../operator/api/argo.ts';
import type { ModelVersion, Notification, RecommenderModel } from '../../operator/api/model.ts';
import { type Call, receiver } from '../../operator/testing/receiver.ts';
import { webhookId } from '../../operator/plan/report/outbox.ts';
import { until } from '../../tools/testenv/until.ts';
import { release } from '../../operator/testing/builders.ts';
import { fakeArgo } from './fakeArgo.ts';
import { fakeControllers } from './fakeControllers.ts';
import { freePort } from '../../tools/testenv/ports.ts';
import { NAMESPACE, openEnv } from './env.ts';

/** Webhooks of an operator that is killed, to receivers that die and come back, and to one that never answers. */

jest.setTimeout(180_000);

const KEY = Buffer.alloc(32, 7);
/** Milliseconds that the operator gives a receiver to answer. */
const LONGEST_ATTEMPT_MS = 10_000;

const { env, server } = await openEnv();
let settings: Record<string, string>;
let operator: ChildProcess | undefined;

beforeAll(async () => {
  const keys = await mkdtemp(join(server.dir, 'keys-'));
  await writeFile(join(keys, `${NAMESPACE}.ops`), `whsec_${KEY.toString('base64')}`);
  settings = { NOTIFY_ALLOWED_HOSTS: '127.0.0.1', NOTIFY_KEYS: keys };
});

function start(): void {
  operator = env.startOperator(settings);
}

async function kill(): Promise<void> {
  const dying = operator;
  operator = undefined;
  if (!dying) return;
  dying.kill('SIGKILL');
  await once(dying, 'exit');
}

const statusOf = async (name: string) => ((await env.get('RecommenderModel', name)) as RecommenderModel | undefined)?.status ?? {};
const pendingOf = async (name: string) => (await statusOf(name)).notifications?.pending ?? [];
const isNotified = async (name: string) => (await statusOf(name)).conditions?.find(({ type }) => type === 'Notified');

describe('a notice', () => {
  afterEach(kill);

  it('survives an operator that is killed between attempts, and names itself the same in each', async () => {
    const port = await freePort();
    start();
    await env.apply({
      apiVersion: 'recommender.dev/v1alpha1',
      kind: 'RecommenderModel',
      metadata: { name: 'books', namespace: NAMESPACE },
      spec: {
        release: release('1.0.0'),
        notifications: [
          { webhook: { url: `http://127.0.0.1:${String(port)}/ops`, secretRef: { key: 'ops' } }, events: ['Started'] },
          { webhook: { url: 'http://169.254.169.254/latest' }, format: 'Json', events: ['Started'] },
        ],
      },
    });
    const failing = await until('an attempt is on record', async () => (await pendingOf('books')).find(({ error }) => error?.includes('ECONNREFUSED')));
    expect((await statusOf('books')).phase).toBe('Validating');
    expect(await isNotified('books')).toMatchObject({ status: 'False', reason: 'Failing' });
    await kill();

    const there = await receiver(({ path }) => ({ status: path === '/ops' ? 200 : 500 }), port);
    start();
    await until('it is accepted and on record', async () => (await pendingOf('books')).every(({ webhook }) => webhook !== failing.webhook), 60_000);
    expect(there.calls[0]?.headers).toMatchObject({ 'webhook-id': failing.id, 'webhook-signature': expect.stringMatching(/^v1,/) });
    expect(there.calls.every(({ headers }) => headers['webhook-id'] === failing.id)).toBe(true);
    const refused = (await pendingOf('books'))[0];
    expect(refused?.error).toContain('Notifications to "169.254.169.254" are not allowed');
    await there.close();
  });
});

/** A model with stand-ins for Argo Rollouts and the kubelet. */
function simulated(name: string, notifications: readonly Notification[]) {
  const move = fakeArgo(env, fakeControllers(env, name), name, { bad: ['3.0.0'] });
  const answering = notifications.slice(0, 1).map(({ webhook }) => webhookId(webhook));
  // A step lasts minutes, and so the operator has seen it, and has told it whoever answers, before the next.
  const isSeen = async (): Promise<boolean> => {
    const rollout = (await env.get('Rollout', name)) as Rollout | undefined;
    const { candidate, notifications: { pending = [] } = {} } = await statusOf(name);
    const weight = rollout?.status?.canary?.weights?.canary.weight ?? 0;
    return (candidate?.weight ?? 0) === weight && !pending.some(({ webhook }) => answering.includes(webhook));
  };
  return {
    applyRelease: (number: string) =>
      env.apply({
        apiVersion: 'recommender.dev/v1alpha1',
        kind: 'RecommenderModel',
        metadata: { name, namespace: NAMESPACE },
        spec: { release: release(number), serving: { replicas: { min: 2, max: 2 } }, delivery: { after: { watchFor: '0s' } }, notifications },
      }),
    /** @returns milliseconds until the version has that stage */
    goOn: async (number: string, wanted: string): Promise<number> => {
      const begin = performance.now();
      const isThere = async () => ((await env.get('ModelVersion', `${name}-${number}`)) as ModelVersion | undefined)?.status?.stage === wanted;
      await until(`${name} ${number} is ${wanted}`, async () => (await isThere()) || ((await isSeen()) && (await move()), false), 60_000);
      return performance.now() - begin;
    },
    /** The sentence of the record by which the version came to a stage. */
    reason: async (number: string, to: string) => {
      const { status } = (await env.get('ModelVersion', `${name}-${number}`)) as ModelVersion;
      return status?.decisions?.find((each) => each.to === to)?.reason;
    },
  };
}

/** What a call says, once its signature is found right. */
function read({ headers, body }: Call) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  expect(signature).toBe(`v1,${createHmac('sha256', KEY).update(`${String(id)}.${String(timestamp)}.${body}`).digest('base64')}`);
  const event = JSON.parse(body) as { id: string; data: { event: string; model: string; version: string; reason: string } };
  expect(event.id).toBe(id);
  return event;
}

describe('a release with two webhooks, of which one never answers', () => {
  let isDown = false;
  let good: Awaited<ReturnType<typeof receiver>>;
  let silent: Awaited<ReturnType<typeof receiver>>;
  let shouted: ReturnType<typeof simulated>;

  const to = ({ port }: { port: number }): Notification => ({ webhook: { url: `http://127.0.0.1:${String(port)}/`, secretRef: { key: 'ops' } }, format: 'CloudEvents' });
  const notifying = (name: string) => simulated(name, [good, silent].map(to));

  beforeAll(async () => {
    good = await receiver(() => ({ status: isDown ? 503 : 204 }));
    silent = await receiver(() => undefined);
    shouted = notifying('shouted');
    start();
  });
  afterAll(async () => {
    await kill();
    await Promise.all([good.close(), silent.close()]);
  });

  /** Event and sentence of what the good receiver was told of a version of `shouted`, as it came. */
  const told = (number: string) => good.calls.map(read).flatMap(({ data }) => (data.model === 'shouted' && data.version === number ? [[data.event, data.reason]] : []));

  it('comes to its end as fast as one without webhooks', async () => {
    const promote = async (each: typeof shouted): Promise<number> => {
      await each.applyRelease('1.0.0');
      await each.goOn('1.0.0', 'Champion');
      await each.applyRelease('2.0.0');
      return each.goOn('2.0.0', 'Champion');
    };
    const took: { quiet: number; notified: number }[] = [];
    for (const [quiet, notified] of [[simulated('quiet', []), shouted], [simulated('calm', []), notifying('loud')]] as const) {
      took.push({ quiet: await promote(quiet), notified: await promote(notified) });
    }
    // The silent one lets each attempt take its full time: had anything waited for the end of one, each release would
    // show it. What a busy machine is late by, the better of two does not show.
    const best = (which: 'quiet' | 'notified') => Math.min(...took.map((pair) => pair[which]));
    expect(silent.calls.length).toBeGreaterThan(0);
    expect(best('notified') - best('quiet')).toBeLessThan(LONGEST_ATTEMPT_MS / 2);
  });

  it('is told to the one that answers: each event once, in order, signed, in the words of the record', async () => {
    await until('all is told', () => told('2.0.0').some(([event]) => event === 'Promoted'));
    expect(told('2.0.0')).toEqual([
      ['Started', await shouted.reason('2.0.0', 'Validating')],
      ['Step', expect.stringMatching(/^2\.0\.0 at 10% of users, step 1 of 2: holding/)],
      ['Step', expect.stringMatching(/^2\.0\.0 at 50% of users, step 2 of 2: holding/)],
      ['Promoted', await shouted.reason('2.0.0', 'Champion')],
    ]);
  });

  it('names the one that is silent in a condition', async () => {
    const condition = await until('an attempt has ended', async () => (await isNotified('shouted'))?.status === 'False' && isNotified('shouted'), 2 * LONGEST_ATTEMPT_MS);
    expect(condition).toMatchObject({ reason: 'Failing', message: expect.stringContaining(`127.0.0.1:${String(silent.port)} did not answer within 10 s.`) });
  });

  it('loses nothing of the next one when receiver and operator are gone meanwhile, and says it again by the same id', async () => {
    isDown = true;
    await shouted.applyRelease('3.0.0');
    const started = await until('it is refused', async () => (await pendingOf('shouted')).find(({ version, error }) => version === '3.0.0' && error?.includes('answered 503')));
    await kill();
    const before = silent.calls.length;
    isDown = false;
    start();
    await shouted.goOn('3.0.0', 'Rejected');
    await until('all is told', () => told('3.0.0').some(([event]) => event === 'Rejected'));

    const calls = good.calls.filter(({ headers }) => headers['webhook-id'] === started.id);
    expect(calls.length).toBeGreaterThan(1);
    expect(new Set(calls.map(({ body }) => body)).size).toBe(1);
    expect(told('3.0.0').slice(calls.length - 1)).toEqual([
      ['Started', await shouted.reason('3.0.0', 'Validating')],
      ['Step', expect.stringMatching(/^3\.0\.0 at 10% of users, step 1 of 2: holding/)],
      ['Rejected', await shouted.reason('3.0.0', 'Rejected')],
    ]);
    expect(await shouted.reason('3.0.0', 'Rejected')).toContain('50% of its requests failed');
    const earlier = silent.calls.slice(0, before).map(read).map(({ id }) => id);
    await until('the silent one is called again', () => silent.calls.slice(before).map(read).some(({ id }) => earlier.includes(id)));
  });
});
