import { MANAGER } from '../../operator/api/names.ts';
import { type Entry, isOf, placeOf, podOf, textAt } from './entry.ts';
import type { World } from './world.ts';

/** Whoever writes by the operator's account. */
export const isOperator = ({ user }: Entry): boolean =>
  user.username.startsWith('system:serviceaccount:') && user.username.endsWith(`:${MANAGER}`);

export function followLease({ holders, counts }: World, write: Entry): void {
  if (!isOf(write, 'leases') || !isOperator(write)) return;
  const pod = textAt(write.requestObject, 'spec', 'holderIdentity');
  if (pod === holders.at(-1)?.pod) return;
  holders.push({ pod, from: write.stageTimestamp });
  if (pod !== '') counts.epochs += 1;
}

/** A write may be answered after another took the lease; it must have been sent before. */
export function wroteWithoutLease({ holders, counts, violations }: World, write: Entry): void {
  const pod = podOf(write);
  if (!isOperator(write) || pod === undefined || isOf(write, 'leases') || isOf(write, 'events')) return;
  counts.writes += 1;
  const [before, now] = [holders.at(-2), holders.at(-1)];
  if (now === undefined || now.pod === pod) return;
  if (before?.pod === pod && write.requestReceivedTimestamp <= now.from) return;
  const holder = now.pod === '' ? 'nobody held' : `${now.pod} held`;
  violations.push(`${write.stageTimestamp} ${pod} wrote ${write.objectRef?.resource ?? ''} ${placeOf(write)} while ${holder} the lease.`);
}
