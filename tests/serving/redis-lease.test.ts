import { expect, it } from '@jest/globals';

import { createRedisLease } from '../../serving/limits/redis-lease.ts';
import { openRedis } from './redis.ts';

const BUCKET = 'recommender:shop:books:limit:mallory';

const client = await openRedis();

it.each<[string, () => Promise<unknown>, number]>([
  ['a text', () => client.set(BUCKET, 'x'), 5],
  ['a list', () => client.rPush(BUCKET, 'x'), 5],
  ['not a number', () => client.hSet(BUCKET, { tokens: 'nan', at: '1' }), 5],
  ['a time that is not a number', () => client.hSet(BUCKET, { tokens: '1', at: 'nan' }), 1],
  ['more than a bucket holds', () => client.hSet(BUCKET, { tokens: 'inf', at: '1' }), 5],
  ['less than nothing', () => client.hSet(BUCKET, { tokens: '-1e300', at: '1' }), 0],
])('%s in the place of a bucket is mended by the first who asks', async (_what, poison, granted) => {
  await client.del(BUCKET);
  await poison();
  const lease = createRedisLease(client, 'shop:books', { requestsPerSecond: 0.001, burst: 5 });
  expect((await lease('mallory', 5)).granted).toBe(granted);
  expect((await lease('mallory', 5)).granted).toBe(0);
});
