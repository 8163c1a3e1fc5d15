import { cp, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { BundleFailure } from '../bundle/failure.ts';
import { digestOf } from '../bundle/seal.ts';
import type { FetchConfig } from '../config/fetch.ts';
import { listen, type TestServer } from '../testing/http.ts';
import { removeTinyBundles, tinyBundle, type TinyBundle } from '../testing/tiny-bundle.ts';
import { tinyModel } from '../testing/tiny-model.ts';
import { fetchBundle } from './fetch.ts';

let bundle: TinyBundle;
let dir: string;
let server: TestServer;
/** Answers instead of the stored file where it returns true. */
let special: (...arguments_: Parameters<RequestListener>) => boolean = () => false;

beforeAll(async () => {
  bundle = await tinyBundle();
  await writeFile(join(bundle.dir, 'unlisted.txt'), 'nobody asked for this');
  dir = await mkdtemp(join(tmpdir(), 'fetched-'));
  server = await listen(async (request, response) => {
    if (special(request, response)) return;
    const [name = ''] = (request.url ?? '').split('?');
    const content = await readFile(join(bundle.dir, name)).catch(() => undefined);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
});
afterEach(() => {
  special = () => false;
});
afterAll(async () => {
  await server.close();
  await removeTinyBundles();
  await rm(dir, { recursive: true });
});

function config(changes: Partial<FetchConfig> = {}): FetchConfig {
  return {
    version: '1.0.0',
    uri: `${server.origin}/`,
    digest: bundle.digest,
    dir,
    allowedHosts: ['127.0.0.1'],
    maxBytes: 1_000_000,
    claimDir: '/nowhere',
    terminationLog: '/nowhere',
    s3: { endpoint: undefined, region: undefined },
    ...changes,
  };
}

async function failure(changes: Partial<FetchConfig> = {}, withinMs?: number): Promise<BundleFailure> {
  const error = await fetchBundle(config(changes), withinMs).then(
    () => new Error('the bundle was fetched'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BundleFailure)) throw error;
  return error;
}

describe('fetching over http', () => {
  it('brings every listed file, read-only, and nothing else', async () => {
    await fetchBundle(config());
    const names = ['bundle.yaml', 'golden.jsonl', 'items.jsonl', 'model.onnx', 'popular.json', 'users.json'];
    expect((await readdir(dir)).sort()).toEqual(names);
    for (const name of names) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o444);
  });

  it('can be repeated over its own result', async () => {
    await fetchBundle(config());
    await expect(fetchBundle(config())).resolves.toMatchObject({ version: '1.0.0' });
  });

  it('tries again after a failure that may pass', async () => {
    let refusals = 2;
    special = (request, response) => {
      if (request.url !== '/users.json' || refusals === 0) return false;
      refusals -= 1;
      if (refusals === 0) request.socket.destroy();
      else response.writeHead(503).end();
      return true;
    };
    await expect(fetchBundle(config())).resolves.toBeDefined();
  });

  it('gives up on a source that stays away, and calls it unavailable', async () => {
    special = (_request, response) => Boolean(response.writeHead(503).end());
    expect(await failure()).toMatchObject({ result: 'Unavailable', reason: 'SourceUnavailable' });
  });

  it('refuses another digest before it reads anything else', async () => {
    const asked: (string | undefined)[] = [];
    special = (request) => Boolean(asked.push(request.url)) && false;
    expect(await failure({ digest: `sha256:${'0'.repeat(64)}` })).toMatchObject({ result: 'Invalid', reason: 'DigestMismatch' });
    expect(asked).toEqual(['/bundle.yaml']);
  });

  it('refuses another version', async () => {
    expect(await failure({ version: '1.0.1' })).toMatchObject({ result: 'Unavailable', reason: 'VersionMismatch' });
  });

  it('refuses a truncated file', async () => {
    special = (request, response) => request.url === '/items.jsonl' && Boolean(response.end('{"id"'));
    expect(await failure()).toMatchObject({ reason: 'FileMismatch', message: expect.stringContaining('ends after 5') });
  });

  it('refuses a file of the right size with another content', async () => {
    const { length } = await readFile(join(bundle.dir, 'items.jsonl'));
    special = (request, response) => request.url === '/items.jsonl' && Boolean(response.end('x'.repeat(length)));
    expect(await failure()).toMatchObject({ result: 'Invalid', reason: 'FileMismatch' });
  });

  it('asks for nothing outside the folder, whatever the manifest lists', async () => {
    const text = (await readFile(join(bundle.dir, 'bundle.yaml'), 'utf8')).replaceAll('users.json', '../../etc/passwd');
    const asked: (string | undefined)[] = [];
    special = (request, response) => Boolean(asked.push(request.url)) && Boolean(response.end(text));
    expect(await failure({ digest: digestOf(text) })).toMatchObject({ result: 'Invalid', reason: 'ManifestInvalid' });
    expect(asked).toEqual(['/bundle.yaml']);
  });

  it('tries again when a connection ends in the middle of a file', async () => {
    let cuts = 1;
    special = (request, response) => {
      if (request.url !== '/model.onnx' || cuts === 0) return false;
      cuts -= 1;
      response.writeHead(200, { 'content-length': '530' }).write('half', () => request.socket.destroy());
      return true;
    };
    await expect(fetchBundle(config())).resolves.toBeDefined();
  });

  it('stops reading an endless file at its listed size', async () => {
    special = (request, response) => {
      if (request.url !== '/items.jsonl') return false;
      const flow = setInterval(() => response.write('x'.repeat(1000)), 1);
      response.once('close', () => clearInterval(flow));
      return true;
    };
    expect(await failure()).toMatchObject({ reason: 'FileMismatch', message: expect.stringContaining('larger than') });
  });

  it('ends in time when a server trickles', async () => {
    special = (request, response) => {
      if (request.url !== '/items.jsonl') return false;
      const flow = setInterval(() => response.write('x'), 10);
      response.once('close', () => clearInterval(flow));
      return true;
    };
    expect(await failure({}, 500)).toMatchObject({ result: 'Unavailable', reason: 'OutOfTime' });
  });

  it('refuses a bundle larger than the operator allows, before reading it', async () => {
    expect(await failure({ maxBytes: 1000 })).toMatchObject({ reason: 'TooLarge', message: expect.stringContaining('1000') });
  });

  it('says what is missing', async () => {
    special = (request, response) => request.url === '/users.json' && Boolean(response.writeHead(404).end());
    expect(await failure()).toMatchObject({ reason: 'FileMissing', message: expect.stringContaining('/users.json') });
  });

  it('leaves no file under its name when it fails', async () => {
    const empty = await mkdtemp(join(dir, 'failed-'));
    await failure({ dir: empty, version: '9.9.9' });
    expect(await readdir(empty)).toEqual([]);
    await rm(empty, { recursive: true });
  });
});

describe('where a bundle may come from', () => {
  it('refuses hosts that are not allowed', async () => {
    expect(await failure({ allowedHosts: [] })).toMatchObject({ result: 'Unavailable', reason: 'HostNotAllowed' });
  });

  it('refuses a redirect to a host that is not allowed', async () => {
    special = (_request, response) => Boolean(response.writeHead(302, { location: 'http://other.example/bundle.yaml' }).end());
    expect(await failure()).toMatchObject({ reason: 'HostNotAllowed', message: expect.stringContaining('other.example') });
  });

  it('refuses a redirect to the metadata address even if somebody allowed it', async () => {
    special = (_request, response) => Boolean(response.writeHead(302, { location: 'http://169.254.169.254/' }).end());
    expect(await failure({ allowedHosts: ['127.0.0.1', '169.254.169.254'] })).toMatchObject({ reason: 'AddressForbidden' });
  });

  it('follows a redirect to an allowed host', async () => {
    special = (request, response) =>
      request.url === '/users.json' && Boolean(response.writeHead(307, { location: '/users.json?elsewhere' }).end());
    await expect(fetchBundle(config())).resolves.toBeDefined();
  });

  it('does not follow redirects in circles', async () => {
    special = (_request, response) => Boolean(response.writeHead(302, { location: '/bundle.yaml' }).end());
    expect(await failure()).toMatchObject({ reason: 'RedirectRefused' });
  });

  it.each([
    'file:///etc/', 's3://models/../other/', 's3://arn:aws:s3:eu-west-1:1:accesspoint/x/', 's3:///x/', 'http://user:secret@127.0.0.1/', 'http://127.0.0.1/a/../b/', 'http://127.0.0.1/%2e%2e/',
    'http://0x7f.1/', 'http://127.0.0.1/?token=secret', 'nonsense',
  ])('refuses the address %s without repeating a secret', async (uri) => {
    const { result, reason, message } = await failure({ uri });
    expect([result, reason]).toEqual(['Unavailable', 'UriInvalid']);
    expect(message).not.toContain('secret');
  });

  it('refuses a graph that keeps its tensors in other files', async () => {
    const external = await tinyBundle({ model: tinyModel({ external: true }) });
    const uri = 'pvc://models/';
    expect(await failure({ uri, claimDir: external.dir, digest: external.digest })).toMatchObject({ reason: 'ExternalData' });
  });
});

describe('fetching from a claim', () => {
  it('reads the folder the address names', async () => {
    const claimDir = await mkdtemp(join(dir, 'claim-'));
    await cp(bundle.dir, join(claimDir, 'books'), { recursive: true });
    await expect(fetchBundle(config({ uri: 'pvc://models/books', claimDir }))).resolves.toBeDefined();
    await rm(claimDir, { recursive: true });
  });

  it('refuses a link in place of a file', async () => {
    const linked = await tinyBundle();
    await rm(join(linked.dir, 'users.json'));
    await symlink('/etc/passwd', join(linked.dir, 'users.json'));
    const found = await failure({ uri: 'pvc://models/', claimDir: linked.dir, digest: linked.digest });
    expect(found).toMatchObject({ result: 'Unavailable', reason: 'LinkRefused', message: expect.stringContaining('link') });
  });

  it('refuses a folder that is a link', async () => {
    const claimDir = await mkdtemp(join(dir, 'claim-'));
    await symlink(bundle.dir, join(claimDir, 'books'));
    expect(await failure({ uri: 'pvc://models/books/', claimDir })).toMatchObject({ reason: 'LinkRefused' });
    await rm(claimDir, { recursive: true });
  });

  it.each(['pvc://models/../other', 'pvc:///books', 'pvc://models/a%2e', 'pvc://models//etc'])('refuses %s', async (uri) => {
    expect(await failure({ uri, claimDir: dir })).toMatchObject({ result: 'Unavailable', reason: 'UriInvalid' });
  });

  it('says when the claim does not hold the bundle', async () => {
    expect(await failure({ uri: 'pvc://models/none', claimDir: dir })).toMatchObject({ result: 'Unavailable', reason: 'FileMissing' });
  });
});
