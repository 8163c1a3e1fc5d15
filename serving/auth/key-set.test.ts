import { afterEach, describe, expect, it } from '@jest/globals';
import { listen, type TestServer } from '../testing/http.ts';
import { followKeySet, type KeySet } from './key-set.ts';

const MIB = 1024 * 1024;
let server: TestServer | undefined;
let keySet: KeySet | undefined;
afterEach(async () => {
  keySet?.close();
  await server?.close();
  server = keySet = undefined;
});

/** What a token that names an unknown key is told. */
async function refusal(uri: string): Promise<unknown> {
  keySet = followKeySet(uri, { cooldownMs: 0, pauseAfterFailureMs: 0 });
  await keySet.refresh();
  return Promise.resolve(keySet.keyOf({ alg: 'ES256', kid: 'key1' }, { payload: '', signature: '' })).catch((error: unknown) => String(error));
}

describe('the keys of an issuer', () => {
  it('are not read to the end where they have no end', async () => {
    let sent = 0;
    server = await listen((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const send = () => {
        while (!response.destroyed && sent < 64 * MIB) {
          sent += chunk.length;
          if (!response.write(chunk)) return;
        }
        response.end('{"keys":[]}');
      };
      response.on('drain', send);
      send();
    });
    expect(await refusal(`${server.origin}/keys`)).toContain('max size');
    expect(sent).toBeLessThan(32 * MIB);
  });

  it.each(['http://169.254.169.254/keys', 'http://[fe80::1]/keys', 'http://[::ffff:169.254.169.254]/keys'])('are not asked of %s', async (uri) => {
    expect(await refusal(uri)).toContain('a forbidden address');
  });
});
