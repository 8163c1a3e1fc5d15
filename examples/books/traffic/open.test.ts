import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';

import { isOpen } from './open.ts';

it('readers come once the shop answers, and see that it does not where it never opens', async () => {
  let knocks = 0;
  const shop = createServer((_request, response) => void response.writeHead(++knocks < 3 ? 502 : 200).end());
  shop.listen(0, '127.0.0.1');
  await once(shop, 'listening');
  const origin = `http://127.0.0.1:${String((shop.address() as AddressInfo).port)}`;
  expect([await isOpen(origin), knocks]).toEqual([true, 3]);
  shop.close();
  shop.closeAllConnections();
  await once(shop, 'close');
  expect(await isOpen(origin, 120)).toBe(false);
});
