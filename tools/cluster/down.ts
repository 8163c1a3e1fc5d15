import { existsSync, rmSync } from 'node:fs';
import { network, stateDir } from './layout.ts';
import { startPart } from './control.ts';
import { removeAbandonedBuilds } from './images/store.ts';
import { removeNetwork } from './host.ts';
import { demandOwnership, exclusively, isFromEarlierBoot, readOwner, type Owner } from './owner.ts';
import { partNames } from './parts.ts';
import { stopProcess } from './processes.ts';
import {
  killOwnProcesses, ownProcesses, removeAllContainers, removeCables, removeControlGroups, removeEmptyFolders, removeLogLinks,
  removeNetworkNotes, unmountAll,
} from './sweep.ts';

/** Stops the cluster and removes all its traces but the image caches. @returns whether there was one */
export async function down(): Promise<boolean> {
  if (!existsSync(stateDir) && ownProcesses().length === 0) return false;
  await exclusively(() => {
    demandOwnership('down');
    return takeDown(readOwner());
  });
  return true;
}

/** The work of `down`, also for what an earlier boot of the machine has left. */
export async function takeDown(owner: Owner | undefined): Promise<void> {
  // Nothing of theirs is kept, so there is nothing for them to finish.
  const others = partNames.filter((name) => name !== 'containerd');
  await Promise.all(others.map((name) => stopProcess(name, 'SIGKILL')));
  if (owner && !isFromEarlierBoot(owner)) await endContainers();
  await stopProcess('containerd');
  await killOwnProcesses();
  await removeAbandonedBuilds();
  await unmountAll();
  await removeCables(network.bridge);
  await removeNetwork();
  removeControlGroups();
  removeLogLinks();
  removeNetworkNotes();
  await removeEmptyFolders();
  rmSync(stateDir, { recursive: true, force: true });
}

// Through containerd, so that its database forgets them too. A containerd that does not come up leaves the rest to the sweep.
async function endContainers(): Promise<void> {
  try {
    await startPart('containerd');
    await removeAllContainers();
  } catch (error) {
    console.error(`containerd could not remove its containers (${(error as Error).message}); killing them`);
  }
}
