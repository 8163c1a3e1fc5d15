import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleFailure } from '../../bundle/failure.ts';
import { isPlainPath } from '../../bundle/paths.ts';
import type { FetchConfig } from '../../config/fetch.ts';
import { checkHost, checkLiteral } from './hosts.ts';
import { openHttp } from './http.ts';
import type { Opened, Source } from './opened.ts';
import { s3Source } from './s3.ts';

/**
 * Finds the way to the bundle that `config.uri` names:
 * `s3://BUCKET/PREFIX/`, `http(s)://HOST/DIR/` or `pvc://CLAIM/PATH`.
 * @throws BundleFailure `UriInvalid`, `ConfigInvalid`, `HostNotAllowed` or `AddressForbidden`, all of them the settings' fault
 */
export function sourceOf(config: Pick<FetchConfig, 'uri' | 'allowedHosts' | 'claimDir' | 's3'>): Source {
  const scheme = config.uri.slice(0, config.uri.indexOf(':'));
  if (scheme === 'pvc') return claimSource(config.uri, config.claimDir);
  if (scheme === 's3') return s3Source(config.uri, config.s3, config.allowedHosts);
  if (scheme === 'http' || scheme === 'https') return httpSource(config.uri, config.allowedHosts);
  throw new BundleFailure('UriInvalid', `"${scheme}" is not a supported scheme; use s3://, https://, http:// or pvc://CLAIM/PATH.`);
}

function httpSource(uri: string, allowedHosts: readonly string[]): Source {
  const folder = httpFolder(uri);
  checkHost(folder.hostname, allowedHosts);
  checkLiteral(folder.hostname);
  return (path, signal, resume) => openHttp(new URL(path, folder), allowedHosts, signal, resume);
}

function httpFolder(uri: string): URL {
  const text = uri.endsWith('/') ? uri : `${uri}/`;
  const url = URL.parse(text);
  // A URL that changes when it is parsed hides "..", encoded dots, backslashes or odd spellings of an address.
  if (url?.href !== text || text.includes('%')) {
    throw new BundleFailure('UriInvalid', `The bundle URI must be a plain ${uri.split(':', 1)[0]}://HOST/DIR/ URL.`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new BundleFailure('UriInvalid', 'The bundle URI must not contain a user, password, query or fragment.');
  }
  return url;
}

function claimSource(uri: string, claimDir: string): Source {
  const [, claim = '', path = ''] = /^pvc:\/\/([^/]*)\/?(.*?)\/?$/s.exec(uri) ?? [];
  if (claim === '' || (path !== '' && !isPlainPath(path))) {
    throw new BundleFailure('UriInvalid', 'The bundle URI must be pvc://CLAIM/PATH with a plain relative PATH.');
  }
  return (name) => openFile(claimDir, join(path, name));
}

async function openFile(claimDir: string, name: string): Promise<Opened> {
  const file = join(await orFailure(realpath(claimDir), 'the folder'), name);
  if ((await orFailure(realpath(file), `"${name}"`)) !== file) {
    throw new BundleFailure('LinkRefused', `"${name}" is a link; a bundle must contain regular files only.`);
  }
  // Not blocking: opening a named pipe must not wait for a writer.
  const handle = await orFailure(open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK), `"${name}"`);
  if ((await handle.stat()).isFile()) return { offset: 0, tag: undefined, bytes: handle.createReadStream() };
  await handle.close();
  throw new BundleFailure('LinkRefused', `"${name}" is not a regular file.`);
}

async function orFailure<T>(attempt: Promise<T>, what: string): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    if (code === 'ENOENT') throw new BundleFailure('FileMissing', `The claim does not contain ${what} of the bundle.`, error);
    throw new BundleFailure('SourceUnavailable', `Cannot read ${what} of the bundle from the claim (${code}).`, error);
  }
}
