import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { kubeconfigEndpoint } from './kubeconfig.ts';

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function kubeconfig(cluster: object, user: object): string {
  const file = join(dir, 'config');
  const config = {
    clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'here', context: { cluster: 'c', user: 'u', namespace: 'shop' } },
      { name: 'there', context: { cluster: 'none', user: 'u' } },
    ],
    'current-context': 'here',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

describe('kubeconfig', () => {
  it('gives server, namespace and an authorization header without the token file’s newline', async () => {
    const endpoint = kubeconfigEndpoint({ kubeconfig: kubeconfig({}, { token: 'secret\n' }) });
    expect([endpoint.server.href, endpoint.namespace]).toEqual(['https://api.example:6443/', 'shop']);
    expect(await endpoint.headers()).toEqual({ Authorization: 'Bearer secret' });
  });

  it('gives TLS material anew for each connection', async () => {
    const ca = join(dir, 'ca.crt');
    writeFileSync(ca, 'first');
    const endpoint = kubeconfigEndpoint({ kubeconfig: kubeconfig({ 'certificate-authority': 'ca.crt', 'tls-server-name': 'api' }, {}) });
    expect(await endpoint.tls()).toEqual({ ca: Buffer.from('first'), servername: 'api' });
    writeFileSync(ca, 'rotated');
    expect(String((await endpoint.tls()).ca)).toBe('rotated');
  });

  it.each<[string, object, string | undefined, string]>([
    ['a context that is not there', {}, 'nowhere', 'no context "nowhere"'],
    ['a context whose cluster is not there', {}, 'there', 'its cluster is missing'],
    ['a proxy', { 'proxy-url': 'socks5://proxy:1080' }, undefined, 'proxy-url, which is not supported'],
  ])('says what is wrong with %s', (_what, cluster, context, message) => {
    const options = { kubeconfig: kubeconfig(cluster, {}), ...(context === undefined ? {} : { context }) };
    expect(() => kubeconfigEndpoint(options)).toThrow(message);
  });
});
