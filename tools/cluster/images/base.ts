import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../command.ts';
import { cacheDir } from '../layout.ts';
import { buildah, fullName, isBuilt } from './store.ts';

const name = 'node:24-bookworm-slim';
const suite = 'bookworm';

// What a running program never reads.
const needless = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info', 'var/cache/apt', 'var/lib/apt/lists', 'var/log'];

/**
 * Gives the store a local image under the name that the Dockerfile starts from: Debian 12, the pinned Node that runs
 * this program, and this machine's npm. On a machine with a registry at hand the published image takes its place.
 */
export async function ensureBaseImage(say: (text: string) => void): Promise<void> {
  const npm = npmFolder();
  const recipe = [process.version, readFileSync(join(npm, 'package.json'), 'utf8'), suite, ...needless];
  const marker = `recommender.local/base:${createHash('sha256').update(recipe.join()).digest('hex').slice(0, 12)}`;
  if ((await isBuilt(marker)) && (await isBuilt(name))) return;
  say('making the base image: Debian 12 and Node, about a minute, once');
  const root = join(cacheDir, 'base-root');
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  try {
    await capture('debootstrap', ['--variant=minbase', suite, root, await debianMirror()]);
    for (const folder of needless) rmSync(join(root, folder), { recursive: true, force: true });
    await commit(root, npm, [name, marker]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Where this machine gets its own Debian packages from. */
async function debianMirror(): Promise<string> {
  const sources = await capture('apt-get', ['indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages']);
  const found = sources.split('\n').map((line) => line.split(' ')).find(([, codename]) => codename === suite);
  if (!found?.[0]) throw new Error(`apt on this machine has no source for Debian ${suite}: add one and run “apt-get update”.`);
  return found[0];
}

async function commit(root: string, npm: string, names: readonly string[]): Promise<void> {
  const container = (await buildah(['from', 'scratch'])).trim();
  try {
    await buildah(['copy', '--quiet', container, root, '/']);
    await buildah(['copy', '--quiet', '--chmod', '0755', container, process.execPath, '/usr/local/bin/node']);
    await buildah(['copy', '--quiet', container, npm, '/usr/local/lib/node_modules/npm']);
    const link = ['ln', '-s', '../lib/node_modules/npm/bin/npm-cli.js', '/usr/local/bin/npm'];
    await buildah(['run', '--isolation', 'chroot', container, '--', ...link]);
    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    await buildah(['config', '--env', `PATH=${path}`, '--cmd', '["node"]', container]);
    const [first = '', ...others] = names.map(fullName);
    await buildah(['commit', '--quiet', container, first]);
    for (const other of others) await buildah(['tag', first, other]);
  } finally {
    await buildah(['rm', container]);
  }
}

// npm says where it is to the scripts that it runs; otherwise it is where its command points to.
function npmFolder(): string {
  const told = process.env['npm_execpath'];
  const candidates = [
    ...(told ? [join(realpathSync(told), '../..')] : []),
    ...['/usr/local/bin/npm', '/usr/bin/npm', join(process.execPath, '../npm')]
      .filter((path) => existsSync(path))
      .map((path) => join(realpathSync(path), '../..')),
  ];
  const found = candidates.find((folder) => existsSync(join(folder, 'bin/npm-cli.js')));
  if (!found) throw new Error('Cannot find npm on this machine: start this with “npm run”.');
  return found;
}
