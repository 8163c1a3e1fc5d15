import { accessSync, chmodSync, constants, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { demand } from './machine.mjs';
import { cacheDir } from './paths.mjs';
import { run, step } from './steps.mjs';

/** Debian package → a command or file that shows it is there, whoever installed it. */
export const clusterPackages = {
  buildah: 'buildah',
  'busybox-static': '/bin/busybox',
  conntrack: 'conntrack',
  containerd: 'containerd',
  'containernetworking-plugins': '/usr/lib/cni/bridge',
  debootstrap: 'debootstrap',
  iproute2: 'ip',
  kmod: 'modprobe',
  nftables: 'nft',
  openssl: 'openssl',
  runc: 'runc',
};

/** Servers that the tests of the serving process start by themselves, on ports of their own. */
export const servingPackages = { 'redis-server': 'redis-server' };

/** For virtual environments, where the machine's Python makes none. */
export const pythonPackages = { 'python3-venv': '/usr/lib/python3.11/ensurepip' };

/** For Go from PyPI, where there is none. */
export const pipPackages = { 'python3-pip': 'pip3' };

/** What the npm registry and the Go proxy are trusted by, and what some Go modules need. */
export const downloadPackages = { 'ca-certificates': '/etc/ssl/certs/ca-certificates.crt' };

/**
 * @param {Record<string, string>} packages package → command or absolute path
 * @param {(proof: string) => boolean} present
 * @returns {string[]} names of the packages to install
 */
export function missingPackages(packages, present) {
  return Object.entries(packages).filter(([, proof]) => !present(proof)).map(([name]) => name);
}

/** Whether a command is on PATH (the administrator's folders included), or an absolute path exists. */
export function onThisMachine(proof) {
  if (proof.startsWith('/')) return existsSync(proof);
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => isExecutable(join(folder, proof)));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

let earlier = Promise.resolve();

/**
 * Installs what is missing; touches nothing, and needs neither root nor apt, when all is there.
 * Installations come one after the other, as apt wants it.
 */
export function ensurePackages(packages) {
  const installed = earlier.then(() => installMissing(packages));
  earlier = installed.catch(() => undefined);
  return installed;
}

async function installMissing(packages) {
  const missing = missingPackages(packages, onThisMachine);
  if (missing.length === 0) return;
  demand(cacheDir, { packages: missing, freeGB: 1 });
  await step(`installing Debian packages: ${missing.join(' ')}`, () => withoutServices(() => install(missing)));
}

async function install(names) {
  const about = { what: 'apt-get', source: 'The Debian archive', env: { DEBIAN_FRONTEND: 'noninteractive' }, unstoppable: true };
  const args = ['install', '--yes', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', ...names];
  try {
    await run('apt-get', args, { ...about, log: 'apt-install' });
  } catch {
    // The package lists are missing or too old for the archive.
    await run('apt-get', ['update'], { ...about, log: 'apt-update' });
    await run('apt-get', args, { ...about, log: 'apt-install' });
  }
}

const policy = '/usr/sbin/policy-rc.d';

// Debian packages start their services when installed; policy-rc.d is Debian's way to say no.
async function withoutServices(work) {
  const kept = `${policy}.kept-by-recommender-operator`;
  if (existsSync(policy) && !existsSync(kept)) renameSync(policy, kept);
  writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  chmodSync(policy, 0o755);
  try {
    await work();
  } finally {
    if (existsSync(kept)) renameSync(kept, policy);
    else rmSync(policy, { force: true });
  }
}
