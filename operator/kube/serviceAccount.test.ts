import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../config.ts';
import { serviceAccountEndpoint } from './serviceAccount.ts';

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'service-account-'));
  const files = { token: 'first\n', 'ca.crt': 'first', namespace: 'recommender-system' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('a service account', () => {
  it('gives server and namespace, and token and CA as of now', async () => {
    const endpoint = serviceAccountEndpoint('https://10.96.0.1:443', dir);
    expect([endpoint.server.href, endpoint.namespace]).toEqual(['https://10.96.0.1/', 'recommender-system']);
    expect([await endpoint.headers(), await endpoint.tls()]).toEqual([{ Authorization: 'Bearer first' }, { ca: Buffer.from('first') }]);
    writeFileSync(join(dir, 'token'), 'second');
    writeFileSync(join(dir, 'ca.crt'), 'second');
    expect([await endpoint.headers(), await endpoint.tls()]).toEqual([{ Authorization: 'Bearer second' }, { ca: Buffer.from('second') }]);
  });
});

describe('the address in the environment of a pod', () => {
  const NEEDED = { SERVING_IMAGE: 'serving', PROMETHEUS_URL: 'http://prometheus', POD_NAME: 'pod', POD_NAMESPACE: 'here' };

  it.each([
    ['10.96.0.1', 'https://10.96.0.1:443'],
    ['fd00::1', 'https://[fd00::1]:443'],
    ['', undefined],
  ])('%s is %s', (host, url) => {
    expect(readConfig({ ...NEEDED, KUBERNETES_SERVICE_HOST: host }).apiServer).toBe(url);
  });
});
