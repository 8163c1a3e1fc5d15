// Every package of package-lock.json must carry the hash of what npm is to install: without one it takes whatever the registry sends.
import { readFileSync } from 'node:fs';

/** An entry of `packages`, as npm writes it. */
interface Entry {
  version?: string;
  integrity?: string;
  /** A workspace, linked to its folder. */
  link?: boolean;
  /** Comes inside the archive of the package above it. */
  inBundle?: boolean;
}

/** Paths of the packages that a lock file names without a hash; the checkout and its workspaces are no packages. */
export function withoutIntegrity({ packages }: { packages: Record<string, Entry> }): string[] {
  return Object.entries(packages)
    .filter(([path, { integrity, link, inBundle }]) => path.includes('node_modules/') && !integrity && !link && !inBundle)
    .map(([path]) => path);
}

function main(): void {
  const file = new URL('../../package-lock.json', import.meta.url);
  const lock = JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof withoutIntegrity>[0];
  const missing = withoutIntegrity(lock);
  for (const path of missing) console.error(`package-lock.json: ${path} has no integrity hash.`);
  if (missing.length > 0) {
    console.error('npm leaves hashes out when it takes a package from node_modules: '
      + 'remove the entries and node_modules, and run “npm install --package-lock-only”.');
    process.exitCode = 1;
  } else console.log(`${String(Object.keys(lock.packages).length)} packages of the lock file have their hash`);
}

if (import.meta.main) main();
