import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, capture } from './command.ts';
import { network, stateDir } from './layout.ts';

// What the cluster changes in the kernel's settings: its own needs, and what kubelet sets at its start.
const settings = {
  'net/ipv4/ip_forward': '1',
  'net/bridge/bridge-nf-call-iptables': '1',
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
};

const keptSettings = join(stateDir, 'kernel-settings.json');
const settingFile = (name: string): string => join('/proc/sys', name);

/** Makes the bridge that carries the pods, and lets the kernel forward between them. What was there before is kept for removeNetwork. */
export async function ensureNetwork(): Promise<void> {
  if (!existsSync(settingFile('net/bridge'))) await capture('modprobe', ['br_netfilter']);
  if (!existsSync(keptSettings)) {
    const before = Object.keys(settings).map((name) => [name, readFileSync(settingFile(name), 'utf8').trim()]);
    writeFileSync(keptSettings, JSON.stringify(Object.fromEntries(before)));
  }
  for (const [name, value] of Object.entries(settings)) writeFileSync(settingFile(name), value);
  if ((await attempt('ip', ['link', 'show', network.bridge])).code !== 0) await makeBridge();
  await letThroughFirewall();
}

const forwardRules = [['-i', network.bridge], ['-o', network.bridge]].map((side) => ['FORWARD', ...side, '-j', 'ACCEPT']);

// Docker, where it is installed, forbids all forwarding but its own. Elsewhere iptables is not touched, or not even there.
async function letThroughFirewall(): Promise<void> {
  if (!(await forwardingPolicy()).startsWith('-P FORWARD DROP')) return;
  for (const rule of forwardRules) {
    if ((await attempt('iptables', ['-C', ...rule])).code !== 0) await capture('iptables', ['-I', ...rule]);
  }
}

async function forwardingPolicy(): Promise<string> {
  try {
    return (await attempt('iptables', ['-S', 'FORWARD'])).stdout;
  } catch {
    return 'there is no iptables';
  }
}

async function makeBridge(): Promise<void> {
  await demandFreeRange();
  await capture('ip', ['link', 'add', network.bridge, 'type', 'bridge']);
  await capture('ip', ['addr', 'add', `${network.host}/${network.pods.split('/')[1] ?? ''}`, 'dev', network.bridge]);
  await capture('ip', ['link', 'set', network.bridge, 'up']);
  // Programs on the host reach Services too, even where the machine has no default route.
  await capture('ip', ['route', 'add', network.services, 'dev', network.bridge]);
}

async function demandFreeRange(): Promise<void> {
  const routes = await capture('ip', ['route', 'show']);
  const taken = routes.split('\n').find((line) => line.startsWith('10.213.'));
  if (taken) {
    const route = taken.trim();
    throw new Error(`The cluster's addresses 10.213.0.0/16 are in use on this machine (route “${route}”): remove that network first.`);
  }
}

/** Removes the bridge, kube-proxy's rules, and puts the kernel's settings back. */
export async function removeNetwork(): Promise<void> {
  await attempt('ip', ['link', 'delete', network.bridge]);
  const firewall = await forwardingPolicy();
  for (const rule of forwardRules) if (firewall.includes(network.bridge)) await attempt('iptables', ['-D', ...rule]);
  for (const family of ['ip', 'ip6']) await attempt('nft', ['delete', 'table', family, 'kube-proxy']);
  // Connections translated by those rules would outlive them.
  await attempt('conntrack', ['-D', '-d', network.services]);
  if (!existsSync(keptSettings)) return;
  const before = JSON.parse(readFileSync(keptSettings, 'utf8')) as Record<string, string>;
  for (const [name, value] of Object.entries(before)) writeFileSync(settingFile(name), value);
}
