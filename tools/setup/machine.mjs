import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { SetupFailure } from './failure.mjs';

const oldestNode = 20;

/**
 * What this machine lacks for a task, as one sentence, or undefined.
 * @param {{platform: string, arch: string, node: string, root: boolean, apt: boolean, freeGB: number}} machine
 * @param {{root?: boolean, packages?: string[], freeGB?: number}} need `packages`: Debian packages to install
 */
export function obstacle(machine, need) {
  if (machine.platform !== 'linux') {
    return `This needs Linux, and this machine runs ${machine.platform}: use a Debian machine or container host.`;
  }
  if (machine.arch !== 'x64') {
    return `This needs an x86-64 machine, and this one is ${machine.arch}: the pinned Node and the images are built for x64 only.`;
  }
  if (Number(machine.node.split('.')[0]) < oldestNode) {
    return `This needs Node ${oldestNode} or newer to start, and this is Node ${machine.node}: install a newer one.`;
  }
  if (need.root && !machine.root) {
    return 'The local cluster needs root (it makes network namespaces and mounts): run the command again as root, '
      + 'or give an existing cluster with `npm run demo -- --context NAME`.';
  }
  const packages = need.packages?.join(' ');
  if (packages && !machine.apt) {
    return 'Debian packages are missing and there is no apt-get on this machine: '
      + `use Debian 12, or install what these packages hold yourself: ${packages}.`;
  }
  if (packages && !machine.root) {
    return 'Debian packages are missing and only root may install them: '
      + `run the command again as root, or let somebody else run “apt-get install ${packages}”.`;
  }
  if (need.freeGB && machine.freeGB < need.freeGB) {
    return `The disk is too full: ${machine.freeGB.toFixed(1)} GB are free where the cache is and ${need.freeGB} GB are needed. `
      + 'Free some space, or point XDG_CACHE_HOME at a larger disk.';
  }
  return undefined;
}

/** @param {string} directory is made when missing; its file system's free space is measured */
function thisMachine(directory) {
  mkdirSync(directory, { recursive: true });
  const disk = statfsSync(directory);
  return {
    platform: process.platform,
    arch: process.arch,
    node: process.versions.node,
    root: process.getuid?.() === 0,
    apt: existsSync('/usr/bin/apt-get'),
    freeGB: (disk.bavail * disk.bsize) / 1e9,
  };
}

/** @throws {SetupFailure} when the machine lacks what is needed */
export function demand(directory, need) {
  const sentence = obstacle(thisMachine(directory), need);
  if (sentence) throw new SetupFailure(sentence);
}
