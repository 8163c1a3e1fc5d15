import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';

/**
 * Lets this thread, and on Linux it alone, run when no other one wants to. A thread of the lowest priority still keeps the
 * processor for a while when one that comes first wakes up; one with the policy SCHED_IDLE gives way at once (sched(7)). Node
 * cannot ask for that policy, but chrt of util-linux can; without it, the priority has to do.
 */
export function takeIdlePriority(): void {
  setPriority(0, constants.priority.PRIORITY_LOW);
  if (process.platform !== 'linux') return;
  try {
    execFile('/usr/bin/chrt', ['--idle', '--pid', '0', basename(readlinkSync('/proc/thread-self'))], () => undefined);
  } catch {
    // No process may be started here; the shadow goes on.
  }
}
