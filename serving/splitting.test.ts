import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { askAll, cleanUp, USER_IDS } from './testing/ask.ts';
import { eventually } from './testing/http.ts';
import { kubeServer, type KubeServer } from './testing/kube.ts';
import { seriesValue } from './testing/series.ts';
import { type ServingProcess, startServing } from './testing/serving-process.ts';
import { tinyBundle } from './testing/tiny-bundle.ts';
import { tinyModel } from './testing/tiny-model.ts';

afterAll(cleanUp);

describe('champion and candidate', () => {
  /** Long: a candidate that a busy machine lets wait a moment is not late. */
  const FORWARD_TIMEOUT_MS = 2_000;
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
      FORWARD_TIMEOUT_MS: String(FORWARD_TIMEOUT_MS),
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
    const versions = async () => (await askAll(champion)).map(({ version }) => version);
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
    const answers = await askAll(champion);
    expect(answers.map(({ status }) => status)).toEqual(USER_IDS.map(() => 200));
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
    const answers = await askAll(champion);
    const took = performance.now() - started;
    candidate.child.kill('SIGCONT');
    expect(answers.every(({ status, shielded }) => status === 200 && shielded)).toBe(true);
    expect(took).toBeLessThan(FORWARD_TIMEOUT_MS + 2_000);
    expect(await counted('recommendation_forwarded_total', { outcome: 'timeout' })).toBeGreaterThan(0);
  });

  it('sends everybody to the new champion once it has been replaced', async () => {
    await setWeight(100);
    kube.setChampionHash('bbb');
    kube.setCarrier({ weight: 0, candidateVersion: CANDIDATE_VERSION, candidateDigest });
    await eventually('the promotion', async () => (await counted('recommendation_candidate_weight_percent')) === 0);
    const answers = await askAll(champion);
    expect(answers.slice(0, 5).map(({ version }) => version)).toEqual(Array(5).fill(CANDIDATE_VERSION));
    kube.setChampionHash('aaa');
  });

  it('goes on without the API server, and without the candidate', async () => {
    await setWeight(100);
    kube.refuseWith(503);
    await candidate.kill();
    const answers = await askAll(champion);
    expect(answers.every(({ status, version }) => status === 200 && version === '1.0.0')).toBe(true);
    expect(await counted('recommendation_candidate_weight_percent')).toBe(100);
    kube.refuseWith(undefined);
  });
});
