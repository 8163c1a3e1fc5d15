import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listen, type TestServer } from './testing/http.ts';
import { runCommand } from './testing/serving-process.ts';
import { removeTinyBundles, tinyBundle, type TinyBundle } from './testing/tiny-bundle.ts';

describe('the commands of the image', () => {
  let bundle: TinyBundle;
  let source: TestServer;
  let dir: string;
  beforeAll(async () => {
    bundle = await tinyBundle();
    dir = await mkdtemp(join(tmpdir(), 'command-'));
    source = await listen(async (request, response) => response.end(await readFile(join(bundle.dir, request.url ?? ''))));
  });
  afterAll(async () => {
    await source.close();
    await removeTinyBundles();
    await rm(dir, { recursive: true });
  });

  const env = (changes: Record<string, string> = {}) => ({
    MODEL_VERSION: '1.0.0',
    BUNDLE_URI: `${source.origin}/`,
    BUNDLE_DIGEST: bundle.digest,
    BUNDLE_DIR: join(dir, 'bundle'),
    BUNDLE_ALLOWED_HOSTS: '127.0.0.1',
    TERMINATION_LOG: join(dir, 'termination'),
    ...changes,
  });
  const report = async () => JSON.parse(await readFile(join(dir, 'termination'), 'utf8')) as unknown;

  it('validate passes a good bundle and reports its metrics', async () => {
    expect(await runCommand('serving/validate/main.ts', env())).toMatchObject({ code: 0 });
    expect(await report()).toMatchObject({ result: 'Passed', task: 'user-to-items', metrics: { 'ndcg@10': 0.4 } });
  });

  it('validate fails a bundle whose golden requests are answered otherwise', async () => {
    const wrong = await tinyBundle({ goldenScore: 2 });
    bundle = { ...bundle, dir: wrong.dir };
    const { code } = await runCommand('serving/validate/main.ts', env({ BUNDLE_DIGEST: wrong.digest }));
    expect([code, await report()]).toMatchObject([3, { result: 'Invalid', reason: 'GoldenMismatch' }]);
  });

  it('fetch fails another digest for good', async () => {
    const { code } = await runCommand('serving/fetch/main.ts', env({ BUNDLE_DIGEST: `sha256:${'0'.repeat(64)}` }));
    expect([code, await report()]).toMatchObject([3, { result: 'Invalid', reason: 'DigestMismatch' }]);
  });

  it('fetch names every faulty setting at once', async () => {
    const { code } = await runCommand('serving/fetch/main.ts', env({ BUNDLE_DIGEST: 'latest', BUNDLE_MAX_BYTES: 'many' }));
    const message = expect.stringMatching(/BUNDLE_DIGEST.*BUNDLE_MAX_BYTES/);
    expect([code, await report()]).toMatchObject([1, { result: 'Unavailable', reason: 'ConfigInvalid', message }]);
  });
});
