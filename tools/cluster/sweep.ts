import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, capture } from './command.ts';
import { runningPid } from './processes.ts';
import { stateDir, statePaths } from './layout.ts';
import { until } from './wait.ts';

const ctr = (args: readonly string[]): string[] => ['--address', statePaths.containerdSocket, '--namespace', 'k8s.io', ...args];

const lines = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean);

/** Ends every container and forgets it, and its files with it; images stay. containerd must run, kubelet must not. */
export async function removeAllContainers(): Promise<void> {
  for (const task of lines(await capture('ctr', ctr(['tasks', 'list', '--quiet'])))) {
    await attempt('ctr', ctr(['tasks', 'delete', '--force', task]));
  }
  const containers = lines(await capture('ctr', ctr(['containers', 'list', '--quiet'])));
  if (containers.length > 0) await attempt('ctr', ctr(['containers', 'delete', ...containers]));
}

/** Before kubelet starts on a fresh cluster: containers that an unclean end has left in the image store's database. */
export async function removeStaleContainers(): Promise<void> {
  const isFresh = runningPid('kubelet') === undefined && !existsSync(statePaths.kubelet);
  if (isFresh) await removeAllContainers();
}

/** Kills what still runs in this cluster's containers, and the shims that hold them. */
export async function killShims(): Promise<void> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter(isOurShim);
  for (const shim of pids) {
    for (const child of [...childrenOf(shim), shim]) killQuietly(child);
  }
  await until('container processes survive SIGKILL', 10_000, () => !pids.some(isOurShim), 50);
}

function isOurShim(pid: number): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return command[0]?.endsWith('containerd-shim-runc-v2') === true && command.includes(statePaths.containerdSocket);
  } catch {
    return false;
  }
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Unmounts everything under the state folder, the deepest first: pod volumes, container roots, network namespaces. */
export async function unmountAll(): Promise<void> {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' ')[1] ?? '');
  const ours = mounts.filter((path) => path.startsWith(`${stateDir}/`)).reverse();
  for (const path of ours) await attempt('umount', ['--lazy', path]);
}

/** Pods' ends of virtual cables whose other end's namespace is not gone yet. */
export async function removeCables(bridge: string): Promise<void> {
  const links = JSON.parse((await attempt('ip', ['-json', 'link', 'show', 'master', bridge])).stdout || '[]') as { ifname?: string }[];
  for (const { ifname } of links) if (ifname) await attempt('ip', ['link', 'delete', ifname]);
}

/** Removes the control groups of pods; they are empty once the containers are gone. */
export function removeControlGroups(): void {
  const root = '/sys/fs/cgroup';
  const hierarchies = existsSync(join(root, 'cgroup.controllers')) ? [root] : readdirSync(root).map((name) => join(root, name));
  for (const hierarchy of hierarchies) removeGroup(join(hierarchy, 'kubepods'));
}

function removeGroup(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) removeGroup(join(path, entry.name));
  try {
    rmdirSync(path);
  } catch {
    // A group that another Kubernetes on this machine uses stays.
  }
}

/** kubelet links every container's log there, wherever its own folders are. */
export function removeLogLinks(): void {
  const folder = '/var/log/containers';
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (readlinkSync(path).startsWith(stateDir)) rmSync(path);
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
