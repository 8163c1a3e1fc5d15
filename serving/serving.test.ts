import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'undici';

import { HEADERS } from './contract.ts';
import { eventually } from './testing/http.ts';
import { kubeServer } from './testing/kube.ts';
import type { KubeServer } from './testing/kube.ts';
import { seriesValue } from './testing/series.ts';
import { startServing } from './testing/serving-process.ts';
import type { ServingProcess } from './testing/serving-process.ts';
import { removeTinyBundles, tinyBundle } from './testing/tiny-bundle.ts';
import { tinyModel } from './testing/tiny-model.ts';

const USERS = Array.from({ length: 8 }, (_, index) => `u${index}`);
jest.setTimeout(20_000);
const agent = new HttpAgent({ keepAlive: true });

interface Answer {
  status: number;
  version: string | undefined;
  shielded: boolean;
  body: { items: { id: string }[]; fallback: boolean };
}

/** Asks over kept-alive connections, as callers in a cluster do. */
function recommend(origin: string, user: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { agent, method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    const request = httpRequest(`${origin}/recommend`, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => {
        const { [HEADERS.version]: version, [HEADERS.shielded]: shielded } = response.headers;
        resolve({
          status: response.statusCode ?? 0,
          version: typeof version === 'string' ? version : undefined,
          shielded: shielded !== undefined,
          body: JSON.parse(text) as Answer['body'],
        });
      });
    });
    request.once('error', reject).end(JSON.stringify({ user_id: user, k: 1 }));
  });
}

const askAll = (origin: string) => Promise.all(USERS.map((user) => recommend(origin, user)));

afterAll(async () => {
  agent.destroy();
  await removeTinyBundles();
});

describe('one serving process', () => {
  it('falls back to popular items for users its model fails, and counts it', async () => {
    const pod = await startServing(await tinyBundle({ model: tinyModel({ rows: 5 }) }));
    await pod.ready();
    const answers = await askAll(pod.origin);
    expect(answers.map(({ body }) => body.items[0]?.id)).toEqual(['i0', 'i1', 'i2', 'i3', 'i4', 'i4', 'i4', 'i4']);
    expect(answers.map(({ body }) => body.fallback)).toEqual([false, false, false, false, false, true, true, true]);
    expect(seriesValue(await pod.metrics(), 'recommendation_inference_errors_total')).toBe(3);
    await pod.kill();
  });

  it('writes nothing at home: onnxruntime keeps no identifier of this machine and reports to nobody', async () => {
    const home = await mkdtemp(join(tmpdir(), 'home-'));
    const pod = await startServing(await tinyBundle(), { HOME: home });
    await pod.ready();
    expect(await readdir(home)).toEqual([]);
    await pod.kill();
    await rm(home, { recursive: true });
  });

  it('is never ready when its golden requests are answered wrongly', async () => {
    const pod = await startServing(await tinyBundle({ goldenScore: 2 }));
    const failures = async () => seriesValue(await pod.metrics(), 'recommendation_golden_failures_total') === 1;
    await eventually('the golden failure', failures);
    const response = await fetch(`${pod.origin}/ready`);
    expect([response.status, await response.json()]).toMatchObject([503, { detail: expect.stringContaining('Golden request 1') }]);
    await pod.kill();
  });

  it('refuses a bundle directory with another digest', async () => {
    const bundle = await tinyBundle();
    const pod = await startServing({ ...bundle, digest: `sha256:${'0'.repeat(64)}` });
    const { code, logs } = await pod.ended;
    expect(code).toBe(1);
    expect(logs.at(-1)).toMatchObject({ event: 'failed', message: expect.stringContaining(bundle.digest) });
  });

  it('loses no request when it is told to stop under load', async () => {
    const pod = await startServing(await tinyBundle(), { DRAIN_MS: '1000' });
    await pod.ready();
    let stopping = false;
    let answered = 0;
    const caller = async () => {
      while (!stopping) {
        expect((await recommend(pod.origin, 'u1')).status).toBe(200);
        answered += 1;
      }
    };
    const load = Promise.all(Array.from({ length: 8 }, caller));
    await eventually('some load', () => answered > 200);
    pod.child.kill('SIGTERM');
    const before = answered;
    await eventually('it to be unready', async () => (await fetch(`${pod.origin}/ready`)).status === 503);
    await eventually('more answers', () => answered > before + 50);
    // In a cluster the nodes stop routing here before the drain is over.
    stopping = true;
    await load;
    expect(await pod.ended).toMatchObject({ code: 0 });
  });

  it('refuses nobody because it stood still for a moment, as on a machine that has too much to do', async () => {
    const pod = await startServing(await tinyBundle());
    await pod.ready();
    let isOver = false;
    const statuses = new Map<number, number>();
    const caller = async () => {
      while (!isOver) {
        const { status } = await recommend(pod.origin, 'u1');
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const load = Promise.all(Array.from({ length: 16 }, caller));
    for (let stops = 0; stops < 5; stops += 1) {
      const before = statuses.get(200) ?? 0;
      await eventually('some load', () => (statuses.get(200) ?? 0) > before + 200);
      pod.child.kill('SIGSTOP');
      await pause(400);
      pod.child.kill('SIGCONT');
    }
    isOver = true;
    await load;
    await pod.kill();
    expect([...statuses.keys()]).toEqual([200]);
  });

  it('when stopped closes no idle connection that a caller might just be about to use', async () => {
    const pod = await startServing(await tinyBundle(), { DRAIN_MS: '5000' });
    await pod.ready();
    const caller = new Client(pod.origin);
    const whoClosed = new Promise<string>((done) => caller.once('disconnect', (_origin, _targets, { message }) => done(message)));
    const question = { method: 'POST', path: '/recommend', headers: { 'content-type': 'application/json' }, body: '{"user_id":"u1"}' } as const;
    const { statusCode, body } = await caller.request(question);
    await body.dump();
    pod.child.kill('SIGTERM');
    expect([statusCode, await whoClosed]).toEqual([200, 'socket idle timeout']);
    expect(await pod.ended).toMatchObject({ code: 0 });
  });
});

describe('champion and candidate', () => {
  const CANDIDATE_VERSION = '2.0.0';
  let kube: KubeServer;
  let champion: ServingProcess;
  let candidate: ServingProcess;
  let candidateDigest: string;
  beforeAll(async () => {
    kube = await kubeServer();
    const next = await tinyBundle({ version: CANDIDATE_VERSION, model: tinyModel({ rows: 5 }) });
    candidateDigest = next.digest;
    kube.setChampionHash('aaa');
    kube.setCarrier({ weight: 0, candidateVersion: CANDIDATE_VERSION, candidateDigest });
    candidate = await startServing(next);
    champion = await startServing(await tinyBundle(), {
      CARRIER_INGRESS: 'carrier',
      KUBERNETES_API_URL: kube.origin,
      POD_TEMPLATE_HASH: 'aaa',
      // Both Services lead to the candidate: to the champion pod that is what a promotion looks like.
      CHAMPION_SERVICE: candidate.host,
      CANDIDATE_SERVICE: candidate.host,
      FORWARD_TIMEOUT_MS: '300',
    });
    await Promise.all([champion.ready(), candidate.ready()]);
    await eventually('a watch', () => kube.watchers() === 1);
  });
  afterEach(() => setWeight(0));
  afterAll(async () => {
    await Promise.all([champion.kill(), candidate.kill()]);
    await kube.close();
  });

  async function setWeight(weight: number): Promise<void> {
    kube.setCarrier({ weight, candidateVersion: CANDIDATE_VERSION, candidateDigest });
    const applied = async () => (await counted('recommendation_candidate_weight_percent')) === weight;
    await eventually(`weight ${weight}`, applied);
  }

  async function counted(name: string, labels: Record<string, string> = {}): Promise<number> {
    return seriesValue(await champion.metrics(), name, { version: CANDIDATE_VERSION, ...labels }) ?? 0;
  }

  it('shares users by weight, the same ones every time, and only more of them as it grows', async () => {
    const versions = async () => (await askAll(champion.origin)).map(({ version }) => version);
    expect(new Set(await versions())).toEqual(new Set(['1.0.0']));
    let before: (string | undefined)[] = [];
    for (const weight of [30, 60, 100]) {
      await setWeight(weight);
      const now = await versions();
      for (const [user, version] of before.entries()) if (version === CANDIDATE_VERSION) expect(now[user]).toBe(CANDIDATE_VERSION);
      before = await versions();
    }
  });

  it('shields users whom the candidate fails: they get the personal answer of the champion', async () => {
    await setWeight(100);
    const before = await counted('recommendation_shielded_total');
    const answers = await askAll(champion.origin);
    expect(answers.map(({ status }) => status)).toEqual(USERS.map(() => 200));
    expect(answers.map(({ version }) => version)).toEqual([...Array(5).fill(CANDIDATE_VERSION), ...Array(3).fill('1.0.0')]);
    expect(answers.every(({ body }) => !body.fallback)).toBe(true);
    expect(answers.map(({ shielded }) => shielded)).toEqual([...Array(5).fill(false), ...Array(3).fill(true)]);
    expect((await counted('recommendation_shielded_total')) - before).toBe(3);
  });

  it('counts feedback that reaches the champion for the candidate that recommended', async () => {
    await setWeight(100);
    const response = await fetch(`${champion.origin}/recommend`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"user_id":"u1"}',
    });
    const { recommendation_id } = (await response.json()) as { recommendation_id: string };
    await fetch(`${champion.origin}/feedback`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ recommendation_id, item_id: 'i1', event: 'click' }),
    });
    expect(await counted('recommendation_feedback_total', { event: 'click' })).toBe(1);
  });

  it('answers in time for a candidate that hangs', async () => {
    await setWeight(100);
    candidate.child.kill('SIGSTOP');
    const started = performance.now();
    const answers = await askAll(champion.origin);
    const seconds = (performance.now() - started) / 1000;
    candidate.child.kill('SIGCONT');
    expect(answers.every(({ status, shielded }) => status === 200 && shielded)).toBe(true);
    expect(seconds).toBeLessThan(1.5);
    expect(await counted('recommendation_forwarded_total', { outcome: 'timeout' })).toBeGreaterThan(0);
  });

  it('sends everybody to the new champion once it has been replaced', async () => {
    await setWeight(100);
    kube.setChampionHash('bbb');
    kube.setCarrier({ weight: 0, candidateVersion: CANDIDATE_VERSION, candidateDigest });
    await eventually('the promotion', async () => (await counted('recommendation_candidate_weight_percent')) === 0);
    const answers = await askAll(champion.origin);
    expect(answers.slice(0, 5).map(({ version }) => version)).toEqual(Array(5).fill(CANDIDATE_VERSION));
    kube.setChampionHash('aaa');
  });

  it('goes on without the API server, and without the candidate', async () => {
    await setWeight(100);
    kube.refuseWith(503);
    await candidate.kill();
    const answers = await askAll(champion.origin);
    expect(answers.every(({ status, version }) => status === 200 && version === '1.0.0')).toBe(true);
    expect(await counted('recommendation_candidate_weight_percent')).toBe(100);
    kube.refuseWith(undefined);
  });
});
