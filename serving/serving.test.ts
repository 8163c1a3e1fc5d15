import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Client } from 'undici';
import { ask, askAll, cleanUp } from './testing/ask.ts';
import { eventually } from './testing/http.ts';
import { seriesValue } from './testing/series.ts';
import { startServing } from './testing/serving-process.ts';
import { stuckModel } from './testing/stuck-model.ts';
import { tinyBundle } from './testing/tiny-bundle.ts';
import { tinyModel } from './testing/tiny-model.ts';

afterAll(cleanUp);

// Most of these wait: they do it at the same time.
describe('one serving process', () => {
  it.concurrent('falls back to popular items for users its model fails, and counts it', async () => {
    const pod = await startServing(await tinyBundle({ model: tinyModel({ rows: 5 }) }));
    await pod.ready();
    const answers = await askAll(pod);
    expect(answers.map(({ body }) => body.items[0]?.id)).toEqual(['i0', 'i1', 'i2', 'i3', 'i4', 'i4', 'i4', 'i4']);
    expect(answers.map(({ body }) => body.fallback)).toEqual([false, false, false, false, false, true, true, true]);
    expect(seriesValue(await pod.metrics(), 'recommendation_inference_errors_total')).toBe(3);
    await pod.kill();
  });

  it.concurrent('writes nothing at home: onnxruntime keeps no identifier of this machine and reports to nobody', async () => {
    const home = await mkdtemp(join(tmpdir(), 'home-'));
    const pod = await startServing(await tinyBundle(), { HOME: home });
    await pod.ready();
    expect(await readdir(home)).toEqual([]);
    await pod.kill();
    await rm(home, { recursive: true });
  });

  it.concurrent('is never ready when its golden requests are answered wrongly', async () => {
    const pod = await startServing(await tinyBundle({ goldenScore: 2 }));
    const failures = async () => seriesValue(await pod.metrics(), 'recommendation_golden_failures_total') === 1;
    await eventually('the golden failure', failures);
    const response = await fetch(`${pod.origin}/ready`);
    expect([response.status, await response.json()]).toMatchObject([503, { detail: expect.stringContaining('Golden request 1') }]);
    await pod.kill();
  });

  it.concurrent('refuses a bundle directory with another digest', async () => {
    const bundle = await tinyBundle();
    const pod = await startServing({ ...bundle, digest: `sha256:${'0'.repeat(64)}` });
    const { code, logs } = await pod.ended;
    expect(code).toBe(1);
    expect(logs.at(-1)).toMatchObject({ msg: 'exiting', error: expect.stringContaining(bundle.digest) });
  });

  it('loses no request when it is told to stop under load', async () => {
    const pod = await startServing(await tinyBundle(), { DRAIN_MS: '1000' });
    await pod.ready();
    let stopping = false;
    let answered = 0;
    const caller = async () => {
      while (!stopping) {
        expect((await ask(pod, { user_id: 'u1', k: 1 })).status).toBe(200);
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
        const { status } = await ask(pod, { user_id: 'u1', k: 1 });
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

  it.concurrent('when stopped closes no idle connection that a caller might just be about to use', async () => {
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

  it.concurrent('whose only worker is inside a run that never ends is not ready after a few seconds, counts it, and ends when told to', async () => {
    const pod = await startServing(await tinyBundle({ model: stuckModel() }), { GOLDEN_INTERVAL_MS: '200' });
    try {
      await pod.ready();
      const body = JSON.stringify({ user_id: 'u1', k: 1 });
      const asked = fetch(`${pod.origin}/recommend`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      await eventually('the pod to be unready', async () => (await fetch(`${pod.origin}/ready`)).status === 503, 15_000);
      expect((await asked).status).toBe(200);
      expect(seriesValue(await pod.metrics(), 'recommendation_golden_failures_total')).toBeGreaterThan(0);
      const before = performance.now();
      pod.child.kill('SIGTERM');
      expect((await pod.ended).code).toBe(0);
      expect(performance.now() - before).toBeLessThan(12_000);
    } finally {
      await pod.kill();
    }
  });
});
