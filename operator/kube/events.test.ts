import { describe, expect, it } from '@jest/globals';
import { silentLog } from '../telemetry/log.ts';
import { KubeError, NotLeader } from './errors.ts';
import { createRecorder, cutToBytes } from './events.ts';
import { configMap, handClock, scriptedClient } from './testing.ts';

const HAPPENING = { regarding: configMap('books'), type: 'Warning', reason: 'Rejected', note: '3.0.0 was rejected' } as const;

function recorder(answer: () => unknown = () => ({}), fence: () => void = () => undefined) {
  const client = scriptedClient(answer);
  const clock = handClock();
  const events = createRecorder({ client, fence, log: silentLog, clock, controller: 'recommender.dev/operator', instance: 'pod' });
  return { client, clock, events };
}

function closed(): void {
  throw new NotLeader('over');
}

describe('events', () => {
  it('writes a happening once and counts its repetitions, at most every 10 s', async () => {
    const { client, clock, events } = recorder();
    for (let n = 0; n < 30; n++) {
      events.record(HAPPENING);
      clock.advance(1_000);
      await events.flush();
    }
    expect(client.sent.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH']);
    expect(client.sent.slice(1).map(({ body }) => (body as { series: { count: number } }).series.count)).toEqual([11, 21]);
  });

  it('writes a new event when the same happens again after 10 min', async () => {
    const { client, clock, events } = recorder();
    events.record(HAPPENING);
    clock.advance(600_000);
    events.record(HAPPENING);
    await events.flush();
    expect(client.sent.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  it('lets one object have 25 different events at once and then one in 5 min, and others theirs', async () => {
    const { client, clock, events } = recorder();
    const send = async (count: number, name: string) => {
      for (let n = 0; n < count; n++) {
        events.record({ ...HAPPENING, regarding: configMap(name), note: `${clock.now()} ${n}` });
        await events.flush();
      }
      return client.sent.splice(0).length;
    };
    expect(await send(40, 'noisy')).toBe(25);
    expect(await send(3, 'quiet')).toBe(3);
    clock.advance(300_000);
    expect(await send(3, 'noisy')).toBe(1);
  });

  it.each<[string, Error | undefined, () => void]>([
    ['the server refuses', new KubeError({ status: 403, reason: 'Forbidden', message: 'no' }), () => undefined],
    ['the fence is down', undefined, closed],
  ])('never throws when %s', async (_what, error, fence) => {
    const { events } = recorder(() => {
      if (error) throw error;
      return {};
    }, fence);
    events.record(HAPPENING);
    await expect(events.flush()).resolves.toBeUndefined();
  });

  it('keeps no more than 20 requests under way', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { client, events } = recorder(() => promise);
    for (let n = 0; n < 50; n++) events.record({ ...HAPPENING, regarding: configMap(`model-${n}`) });
    expect(client.sent).toHaveLength(20);
    resolve(undefined);
    await events.flush();
  });

  it('cuts notes at 1024 bytes, never inside a character', () => {
    expect(cutToBytes('short', 1024)).toBe('short');
    const cut = cutToBytes('🦊'.repeat(1000), 1024);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1024);
    expect(cut.isWellFormed()).toBe(true);
    expect(cut).toMatch(/^🦊{255}…$/u);
  });
});
