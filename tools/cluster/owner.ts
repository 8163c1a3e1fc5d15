import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, containerdRoot, stateDir, statePaths } from './layout.ts';

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

/**
 * Throws when the cluster on this machine was brought up by another checkout that still exists.
 * @param act for the sentence: “up”, “down”
 */
export function demandOwnership(act: string): void {
  const owner = readOwner();
  if (!owner || owner.checkout === checkout || !existsSync(owner.checkout)) return;
  throw new Error(
    `The cluster on this machine belongs to the checkout ${owner.checkout}, and there is one cluster a machine: ` +
      `run “npm run cluster -- down” there before “${act}” here.`,
  );
}

const lockFile = join(stateDir, 'lock');

/** Runs the work while no other `up`, `down` or `build` runs on this machine. */
export async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(stateDir, { recursive: true });
  takeLock();
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function takeLock(): void {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
  } catch {
    const holder = readFileSync(lockFile, 'utf8');
    if (existsSync(`/proc/${holder}`)) {
      throw new Error(`Another “npm run cluster” is at work (process ${holder}): wait for it to end and run the command again.`);
    }
    writeFileSync(lockFile, String(process.pid));
  }
}
