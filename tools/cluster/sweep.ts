import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { attempt } from './command.ts';
import { ctrList, tryCtr } from './containerd.ts';
import { accepts } from './health.ts';
import { stateDir } from './layout.ts';
import { partNames } from './parts.ts';
import { until } from './wait.ts';

/** Ends every container and forgets it, and its files with it; images stay. containerd must run, kubelet must not. */
export async function removeAllContainers(): Promise<void> {
  const tasks = await ctrList('tasks');
  await Promise.all(tasks.map((task) => tryCtr(['tasks', 'delete', '--force', task])));
  const containers = await ctrList('containers');
  if (containers.length > 0) await tryCtr(['containers', 'delete', ...containers]);
}

/** Processes of this cluster, with or without a pid file: its parts, and the shims that hold containers. */
export function ownProcesses(): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter(isOurs);
}

/** Kills what is left of the parts, the shims, and what runs in their containers. */
export async function killOwnProcesses(): Promise<void> {
  const pids = ownProcesses();
  for (const pid of pids) {
    for (const each of [...childrenOf(pid), pid]) killQuietly(each);
  }
  await until('processes of the cluster survive SIGKILL', 10_000, () => !pids.some(isOurs), 50);
}

const programs = new Set<string>([...partNames, 'containerd-shim-runc-v2']);

function isOurs(pid: number): boolean {
  try {
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return programs.has(basename(program)) && args.some((arg) => arg.includes(`${stateDir}/`));
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
  // A group that another Kubernetes on this machine uses is not empty and stays.
  removeIfEmpty(path);
}

/** kubelet links every container's log there, wherever its own folders are. */
export function removeLogLinks(): void {
  const folder = '/var/log/containers';
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (readlinkSync(path).startsWith(stateDir)) rmSync(path);
  }
}

// Folders that kubelet, containerd and CNI make at fixed places, deepest first.
const fixedFolders = [
  ...['/var/log/containers', '/var/lib/cni/results', '/var/lib/cni', '/var/lib/kubelet/device-plugins', '/var/lib/kubelet'],
  ...['/usr/libexec/kubernetes/kubelet-plugins/volume/exec', '/usr/libexec/kubernetes/kubelet-plugins/volume'],
  ...['/usr/libexec/kubernetes/kubelet-plugins', '/usr/libexec/kubernetes'],
  ...['/run/containerd/runc/k8s.io', '/run/containerd/runc', '/run/containerd/s', '/run/containerd'],
];

/** CNI notes every pod's network in a fixed place; pods that were killed have left theirs. */
export function removeNetworkNotes(): void {
  const folder = '/var/lib/cni/results';
  if (!existsSync(folder)) return;
  const names = readdirSync(folder);
  const pods = names.map((name) => /^recommender-(\w+)-eth0$/.exec(name)?.[1]).filter((id) => id !== undefined);
  for (const name of names.filter((file) => pods.some((id) => file.includes(id)))) rmSync(join(folder, name));
}

const kubeletSocket = '/var/lib/kubelet/device-plugins/kubelet.sock';
const shimSockets = '/run/containerd/s';

/** Removes the folders outside the state folder that nobody has anything in, but for sockets that nobody listens on any more. */
export async function removeEmptyFolders(): Promise<void> {
  const ofShims = existsSync(shimSockets) ? readdirSync(shimSockets).map((name) => join(shimSockets, name)) : [];
  for (const path of [kubeletSocket, ...ofShims]) {
    if (!(await accepts({ path }))) rmSync(path, { force: true });
  }
  for (const folder of fixedFolders) removeIfEmpty(folder);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It is not there, or it belongs to another program too.
  }
}
