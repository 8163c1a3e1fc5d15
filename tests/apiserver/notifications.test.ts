import { mkdtemp, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RecommenderModel } from '../../operator/api/model.ts';
import { receiver } from '../../operator/notify/testing/receiver.ts';
import { until } from '../../tools/scene/until.ts';
import { release } from '../builders.ts';
import { freePort } from './processes.ts';
import { NAMESPACE, openStage } from './stage.ts';

/** Webhooks of an operator that is killed, to a receiver that dies and comes back. */

jest.setTimeout(120_000);

const { stage, server } = await openStage();
let port: number;
let env: Record<string, string>;

beforeAll(async () => {
  port = await freePort();
  const keys = await mkdtemp(join(server.dir, 'keys-'));
  await writeFile(join(keys, `${NAMESPACE}.ops`), `whsec_${Buffer.alloc(32, 7).toString('base64')}`);
  env = { NOTIFY_ALLOWED_HOSTS: '127.0.0.1', NOTIFY_KEYS: keys };
});

const model = async () => (await stage.get('RecommenderModel', 'books')) as RecommenderModel | undefined;
const pending = async () => (await model())?.status?.notifications?.pending ?? [];

describe('a notice', () => {
  it('survives an operator that is killed between attempts, and names itself the same in each', async () => {
    const first = stage.startOperator(env);
    await stage.apply({
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
    const failing = await until('an attempt is on record', async () => (await pending()).find(({ error }) => error?.includes('ECONNREFUSED')));
    const { conditions, phase } = (await model())?.status ?? {};
    expect(phase).toBe('Validating');
    expect(conditions).toContainEqual(expect.objectContaining({ type: 'Notified', status: 'False', reason: 'Failing' }));
    first.kill('SIGKILL');
    await once(first, 'exit');

    const there = await receiver(({ path }) => ({ status: path === '/ops' ? 200 : 500 }), port);
    stage.startOperator(env);
    await until('it is accepted and on record', async () => (await pending()).every(({ webhook }) => webhook !== failing.webhook), 60_000);
    expect(there.calls[0]?.headers).toMatchObject({ 'webhook-id': failing.id, 'webhook-signature': expect.stringMatching(/^v1,/) });
    expect(there.calls.every(({ headers }) => headers['webhook-id'] === failing.id)).toBe(true);
    const refused = (await pending())[0];
    expect(refused?.error).toContain('Nothing is sent to "169.254.169.254"');
    await there.close();
  });
});
