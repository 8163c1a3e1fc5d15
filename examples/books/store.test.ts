import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as send, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createStore, type Store } from './store.ts';

let root: string;
let store: Store;
let port: number;
const logged: string[] = [];

/** Sends the path as it is: a URL object would resolve `..` before the server sees it. */
async function get(path: string, method = 'GET') {
  const request = send({ port, host: '127.0.0.1', path, method });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'store-'));
  await mkdir(join(root, 'bundles', '2.0.0'), { recursive: true });
  await writeFile(join(root, 'bundles', 'index.json'), '[]');
  await writeFile(join(root, 'bundles', '2.0.0', 'bundle.yaml'), 'model: books\n');
  await writeFile(join(root, 'secret'), 'not for you');
  store = createStore(join(root, 'bundles'), (line) => logged.push(line));
  store.server.listen(0, '127.0.0.1');
  await once(store.server, 'listening');
  ({ port } = store.server.address() as AddressInfo);
});

afterEach(async () => {
  store.server.close();
  store.server.closeAllConnections();
  expect(logged).toEqual([]);
  await rm(root, { recursive: true });
});

describe('the bundle store', () => {
  it('answers 503 until it is opened, its health included', async () => {
    expect((await get('/healthz')).status).toBe(503);
    expect((await get('/index.json')).status).toBe(503);
    store.open();
    expect((await get('/healthz')).status).toBe(200);
  });

  it('sends files with their length and type', async () => {
    store.open();
    expect(await get('/2.0.0/bundle.yaml')).toMatchObject({
      status: 200, body: 'model: books\n', headers: { 'content-length': '13', 'content-type': 'application/yaml' },
    });
    expect(await get('/index.json', 'HEAD')).toMatchObject({ status: 200, body: '', headers: { 'content-length': '2' } });
  });

  it.each(['/', '/2.0.0/', '/9.9.9/bundle.yaml', '/../secret', '/2.0.0/../../secret', '/%2e%2e/secret', '//etc/passwd'])(
    'answers 404 for %s',
    async (path) => {
      store.open();
      expect((await get(path)).status).toBe(404);
    },
  );

  it('is read-only', async () => {
    store.open();
    expect((await get('/index.json', 'DELETE')).status).toBe(405);
  });
});
