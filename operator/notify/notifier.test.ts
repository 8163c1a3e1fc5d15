import { describe, expect, it } from '@jest/globals';
import { until } from '../../tools/testenv/until.ts';
import type { Notice, RecommenderModel } from '../api/model.ts';
import { webhookId } from '../plan/report/outbox.ts';
import { model } from '../testing/builders.ts';
import { createNotifier } from './notifier.ts';
import type { Send } from './send.ts';

const notice: Notice = { id: 'msg_1', webhook: 'w', event: 'Rejected', at: '2026-03-01T12:00:00Z', version: '2.0.0', rule: 'GuardrailViolated', by: 'recommender-operator', text: '2.0.0 was rejected.' };

describe('the notifier', () => {
  const to = (count: number, name = 'books', host = '127.0.0.1', url = `http://${host}/`): RecommenderModel => {
    const pending = Array.from({ length: count }, (_, index) => ({ ...notice, id: `msg_${String(index)}`, webhook: webhookId({ url }) }));
    const desired = model('2.0.0', { spec: { notifications: [{ webhook: { url }, format: 'Json' }] }, status: { notifications: { since: notice.at, pending } } });
    return { ...desired, metadata: { ...desired.metadata, name } };
  };

  it('has few attempts under way at once, each once, and tells how they ended until that is on record', async () => {
    const underWay: string[] = [];
    let [most, mostToOne, sent] = [0, 0, 0];
    const keys: string[] = [];
    const send: Send = async (_notice, _model, { webhook: { url = '' } }) => {
      underWay.push(url);
      most = Math.max(most, underWay.length);
      mostToOne = Math.max(mostToOne, underWay.filter((each) => each === url).length);
      await new Promise((resolve) => setTimeout(resolve, 5));
      underWay.splice(underWay.indexOf(url), 1);
      sent++;
      return undefined;
    };
    const notifier = createNotifier({ send, enqueue: (key) => keys.push(key), clock: Date.now });
    const models = ['books', 'films', 'games', 'shoes', 'songs'].map((name) => to(6, name, `${name}.example`));
    for (const each of [...models, ...models]) notifier.offer(each);
    await until('all were sent', () => keys.length === 30);
    for (const each of models) notifier.offer(each);
    expect([sent, most, mostToOne]).toEqual([30, 8, 2]);
    expect(notifier.deliveries('shop/books')).toHaveLength(6);
    notifier.offer(to(0));
    expect(notifier.deliveries('shop/books')).toEqual([]);
  });

  it('lets no model wait behind the many notices of others whose receivers are dead', async () => {
    const released: (() => void)[] = [];
    const order: string[] = [];
    const send: Send = (_notice, { metadata }) => {
      order.push(metadata.name);
      return new Promise((resolve) => released.push(() => resolve({ error: 'no.' })));
    };
    const notifier = createNotifier({ send, enqueue: () => undefined, clock: Date.now });
    for (const name of ['films', 'games', 'shoes', 'songs']) notifier.offer(to(20, name, `${name}.example`));
    expect(order).toHaveLength(8);
    notifier.offer(to(1));
    released[0]?.();
    await until('another had its turn', () => order.length === 9);
    expect(order[8]).toBe('books');
  });

  it('waits for the time of the next attempt', async () => {
    const calls: Notice[] = [];
    const now = Date.parse('2026-03-01T12:00:10Z');
    const notifier = createNotifier({ send: (each) => {
      calls.push(each);
      return Promise.resolve(undefined);
    }, enqueue: () => undefined, clock: () => now });
    const [first] = to(1).status?.notifications?.pending ?? [];
    const offered = (triedAt: string): RecommenderModel => ({ ...to(1), status: { notifications: { since: notice.at, pending: [{ ...first!, attempts: 1, triedAt }] } } });
    notifier.offer(offered('2026-03-01T12:00:10Z'));
    expect(calls).toEqual([]);
    notifier.offer(offered('2026-03-01T12:00:00Z'));
    await until('it is told', () => notifier.deliveries('shop/books').length === 1);
    expect(notifier.deliveries('shop/books')).toEqual([expect.objectContaining({ attempt: 2 })]);
  });

  it('counts an attempt at an address that is none as one that failed, and goes on with the others', async () => {
    const send: Send = (_notice, _model, { webhook: { url = '' } }) => (URL.canParse(url) ? Promise.resolve(undefined) : Promise.reject(new TypeError('Invalid URL')));
    const notifier = createNotifier({ send, enqueue: () => undefined, clock: () => Date.parse('2026-03-01T12:00:10Z') });
    notifier.offer(to(1, 'films', '', 'https://chat.example:no-port/'));
    notifier.offer(to(1));
    await until('both ended', () => notifier.deliveries('shop/films').length === 1 && notifier.deliveries('shop/books').length === 1);
    expect(notifier.deliveries('shop/films')).toEqual([expect.objectContaining({ error: 'It could not be sent.' })]);
    expect(notifier.deliveries('shop/books')[0]).not.toHaveProperty('error');
  });
});
