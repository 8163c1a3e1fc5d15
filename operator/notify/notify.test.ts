import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Notice, Notification } from '../api/model.ts';
import { model } from '../testing/builders.ts';
import { receiver } from '../testing/receiver.ts';
import { checkedLookup, checkHost } from './hosts.ts';
import { createSend, type NotifySettings } from './send.ts';
import { signed } from './sign.ts';

const KEY = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const notice: Notice = {
  id: 'msg_1', webhook: 'w', event: 'Rejected', at: '2026-03-01T12:00:00Z', version: '2.0.0', rule: 'GuardrailViolated', by: 'recommender-operator',
  text: '2.0.0 was rejected: 21% of its requests failed, above the limit of 5%. Its users went back to 1.0.0.',
};

/** Milliseconds that no receiver is late by whom a busy machine lets wait a moment. */
const LONG = 10_000;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function listening(answer: Parameters<typeof receiver>[0]) {
  const there = await receiver(answer);
  open.push(there.close);
  return there;
}

function sending(more: Partial<NotifySettings> = {}) {
  const { send, close } = createSend({ allowedHosts: ['127.0.0.1'], keys: undefined, timeoutMs: LONG, ...more });
  open.push(close);
  return (url: string, to: Partial<Notification> & { key?: string } = {}) => {
    const { key, ...rest } = to;
    return send(notice, model('2.0.0'), { webhook: { url, ...(key ? { secretRef: { key } } : {}) }, format: 'CloudEvents', ...rest });
  };
}

async function keysFolder(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'));
  open.push(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

describe('a notice', () => {
  it('is a CloudEvent whose signature the receiver can verify', async () => {
    const there = await listening(() => ({ status: 204 }));
    const send = sending({ keys: await keysFolder({ 'shop.ops': `${KEY}\n` }) });
    expect(await send(`http://127.0.0.1:${String(there.port)}/hook?x=1`, { key: 'ops' })).toBeUndefined();
    const [call] = there.calls;
    expect(call?.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(JSON.parse(call?.body ?? '')).toEqual({
      specversion: '1.0',
      id: 'msg_1',
      source: '/apis/recommender.dev/v1alpha1/namespaces/shop/recommendermodels/books',
      type: 'dev.recommender.release.rejected',
      subject: '2.0.0',
      time: '2026-03-01T12:00:00Z',
      datacontenttype: 'application/json',
      data: { event: 'Rejected', namespace: 'shop', model: 'books', version: '2.0.0', rule: 'GuardrailViolated', by: 'recommender-operator', reason: notice.text },
    });
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = call?.headers ?? {};
    const hmac = createHmac('sha256', Buffer.from(KEY.slice('whsec_'.length), 'base64')).update(`${String(id)}.${String(timestamp)}.${call?.body ?? ''}`);
    expect(call?.headers['webhook-signature']).toBe(`v1,${hmac.digest('base64')}`);
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(30);
  });

  it('is plain JSON with a text that Slack shows as it is', async () => {
    const there = await listening(() => ({ status: 200, body: 'ok' }));
    await sending()(`http://127.0.0.1:${String(there.port)}/`, { format: 'Json' });
    expect(JSON.parse(there.calls[0]?.body ?? '')).toMatchObject({ text: `shop/books: ${notice.text}`, id: 'msg_1', event: 'Rejected' });
    expect(there.calls[0]?.headers).not.toHaveProperty('webhook-signature');
  });

  it('is signed with both keys while they are being changed, as the worked example of the specification', () => {
    const other = `whsec_${Buffer.alloc(24).toString('base64')}`;
    expect(signed('a', 'b', [KEY, other], 0)['webhook-signature']?.split(' ')).toHaveLength(2);
    // Example of the reference implementation of Standard Webhooks.
    const headers = signed('msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], 1_614_265_330_000);
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});

describe('an attempt fails with a sentence', () => {
  it('and without a word of what the receiver answered', async () => {
    const there = await listening(() => ({ status: 500, body: 'secret of the receiver' }));
    expect(await sending()(`http://127.0.0.1:${String(there.port)}/`)).toEqual({ error: `127.0.0.1:${String(there.port)} answered 500.` });
  });

  it('on a redirect, which is not followed', async () => {
    const inner = await listening(() => ({ status: 200 }));
    const there = await listening(() => ({ status: 307, headers: { location: `http://127.0.0.1:${String(inner.port)}/` } }));
    expect(await sending()(`http://127.0.0.1:${String(there.port)}/`)).toEqual({ error: expect.stringMatching(/answered 307\.$/) });
    expect(inner.calls).toEqual([]);
  });

  it.each([
    [429, { 'retry-after': '120' }, 120_000],
    [503, { 'retry-after': new Date(Date.now() + 600_000).toUTCString() }, 600_000],
    [503, { 'retry-after': '86400' }, 3_600_000],
    [503, { 'retry-after': 'soon' }, undefined],
    [410, {}, 86_400_000],
  ])('and with how long the receiver asks not to be called: %d, %j', async (status, headers, wait) => {
    const there = await listening(() => ({ status, headers }));
    const failure = await sending()(`http://127.0.0.1:${String(there.port)}/`);
    expect(failure?.error).toContain(`answered ${String(status)}.`);
    expect(failure?.waitMs === undefined ? undefined : Math.round(failure.waitMs / 60_000)).toBe(wait === undefined ? undefined : wait / 60_000);
  });

  it('when nothing is answered in time, and when nobody is there', async () => {
    const there = await listening(() => undefined);
    expect(await sending({ timeoutMs: 500 })(`http://127.0.0.1:${String(there.port)}/`)).toEqual({ error: expect.stringMatching(/did not answer within 0\.5 s\.$/) });
    expect(await sending()('http://127.0.0.1:1/')).toEqual({ error: '127.0.0.1:1 could not be reached (ECONNREFUSED).' });
  });

  it.each([
    ['no Secret', undefined, 'no Secret is mounted'],
    ['another namespace', { 'other.ops': KEY }, 'has no key shop.ops'],
    ['an empty key', { 'shop.ops': '\n' }, 'The key shop.ops is empty.'],
    ['a key of another form', { 'shop.ops': 'hunter2' }, 'The key shop.ops is not "whsec_"'],
  ])('with %s, and nothing goes out unsigned', async (_, files, why) => {
    const there = await listening(() => ({ status: 200 }));
    const keys = files && (await keysFolder(files));
    expect(await sending({ keys })(`http://127.0.0.1:${String(there.port)}/`, { key: 'ops' })).toEqual({ error: expect.stringContaining(why) });
    expect(there.calls).toEqual([]);
  });
});

describe('an address that is a secret', () => {
  const sendingTo = async (files?: Record<string, string>) => {
    const { send, close } = createSend({ allowedHosts: ['127.0.0.1'], keys: files && (await keysFolder(files)), timeoutMs: LONG });
    open.push(close);
    return () => send(notice, model('2.0.0'), { webhook: { urlRef: { key: 'chat' } }, format: 'Json' });
  };

  it('is read from the key of its namespace', async () => {
    const there = await listening(() => ({ status: 200 }));
    const send = await sendingTo({ 'shop.chat': `http://127.0.0.1:${String(there.port)}/services/T0/B0\n` });
    expect(await send()).toBeUndefined();
    expect(there.calls).toHaveLength(1);
  });

  it('is not told when the call fails', async () => {
    const there = await listening(() => ({ status: 500 }));
    const send = await sendingTo({ 'shop.chat': `http://127.0.0.1:${String(there.port)}/services/T0/B0` });
    expect(await send()).toEqual({ error: `127.0.0.1:${String(there.port)} answered 500.` });
  });

  it.each([
    ['no Secret', undefined, 'The key shop.chat is needed for the address of the webhook, but no Secret is mounted'],
    ['only that of another namespace', { 'other.chat': 'http://127.0.0.1/' }, 'has no key shop.chat'],
    ['nothing in it', { 'shop.chat': '' }, 'The key shop.chat is empty.'],
    ['no address in it', { 'shop.chat': 'services/T0/B0' }, 'The key shop.chat must hold a single http:// or https:// URL without user name or password.'],
    ['another kind of address', { 'shop.chat': 'file:///etc/passwd' }, 'The key shop.chat must hold a single http:// or https:// URL'],
    ['a host that is not allowed', { 'shop.chat': 'https://chat.example/services/T0/B0' }, 'Notifications to "chat.example" are not allowed: allowed hosts are 127.0.0.1'],
  ])('goes nowhere with %s', async (_, files, why) => {
    const { error } = (await (await sendingTo(files))()) ?? {};
    expect(error).toContain(why);
    expect(error).not.toContain('T0/B0');
  });
});

describe('nothing is sent', () => {
  it.each([
    ['https://evil.example/', ['hooks.example'], 'allowed hosts are hooks.example'],
    ['https://hooks.example/', [], 'no hosts are allowed yet'],
    ['https://hooks.example.evil.test/', ['*.example', 'hooks.example'], 'allowed hosts are'],
    ['https://nothooks.example/', ['hooks.example'], 'allowed hosts are'],
    ['http://169.254.169.254/latest', ['169.254.169.254'], 'to which notifications are never sent'],
    ['http://0/', ['0.0.0.0'], 'to which notifications are never sent'],
    ['http://[::ffff:169.254.169.254]/', ['[::ffff:a9fe:a9fe]'], 'to which notifications are never sent'],
    ['http://[fe80::1]/', ['[fe80::1]'], 'to which notifications are never sent'],
    ['http://2130706433/', ['hooks.example'], '"127.0.0.1"'],
  ])('to %s where %j is allowed', (url, allowed, why) => {
    expect(() => checkHost(new URL(url), allowed)).toThrow(why);
  });

  it.each(['127.0.0.1', '::1', '169.254.169.254', '::ffff:127.0.0.1', 'fd00:ec2::254', '64:ff9b::a9fe:a9fe'])('to a name that leads to %s', (address) => {
    const look = checkedLookup((_, done) => done(null, [{ address: '203.0.113.9', family: 4 }, { address, family: address.includes(':') ? 6 : 4 }]));
    look('rebound.example', { all: true }, (error) => expect(error?.message).toContain('to which notifications are never sent'));
    expect.assertions(1);
  });

  it('but to the address that was checked', () => {
    const look = checkedLookup((_, done) => done(null, [{ address: '10.0.0.7', family: 4 }]));
    look('hooks.example', {}, (error, address) => expect([error, address]).toEqual([null, '10.0.0.7']));
    expect.assertions(1);
  });
});
