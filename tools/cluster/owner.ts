import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { checkout, containerdRoot, stateDir, statePaths } from './layout.ts';
import { ownProcesses } from './sweep.ts';
import { until } from './wait.ts';

/** Which checkout runs the machine's one cluster, with which image store, since which boot of the machine. */
export type Owner = { checkout: string; containerdRoot: string; bootId: string };

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

export function readOwner(): Owner | undefined {
  return existsSync(statePaths.owner) ? (JSON.parse(readFileSync(statePaths.owner, 'utf8')) as Owner) : undefined;
}

export function writeOwner(): void {
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(statePaths.owner, JSON.stringify({ checkout, containerdRoot, bootId: bootId() } satisfies Owner));
}

/** The machine was started again since: no process of the cluster is left, only its files. */
export const isFromEarlierBoot = (owner: Owner): boolean => owner.bootId !== bootId();

/** The cluster was brought up by this checkout, and the machine has not been started again since. */
export const belongsHere = (owner: Owner): boolean => owner.checkout === checkout && !isFromEarlierBoot(owner);

/**
 * Throws when a cluster runs on this machine that was brought up by another checkout, which still exists. One of which
 * no process is left, because whoever ran it was ended without notice, is nobody's.
 * @param act for the sentence: “up”, “down”
 */
export function demandOwnership(act: string): void {
  const owner = readOwner();
  if (!owner || owner.checkout === checkout || !existsSync(owner.checkout) || ownProcesses().length === 0) return;
  throw new Error(
    `The cluster on this machine belongs to the checkout ${owner.checkout}, and there is one cluster a machine: ` +
      `“${act}” does nothing here. Run “npm run cluster -- down” there first.`,
  );
}

// Beside the state folder, which `down` removes.
const lockFile = `${stateDir}.lock`;

const lockLimitMs = 600_000;

/** Runs the work while no other `up` or `down` runs on this machine; waits for one that does. */
export async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  await until('another “npm run cluster” is at work and does not end', lockLimitMs, takeLock);
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

// The lock of a process that has ended without removing it counts for nothing.
function takeLock(): boolean {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = existsSync(lockFile) ? readFileSync(lockFile, 'utf8') : '';
    if (holder && !existsSync(`/proc/${holder}`)) rmSync(lockFile, { force: true });
    return false;
  }
}
