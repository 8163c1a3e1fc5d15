import { ANNOTATIONS } from '../../api/names.ts';
import type { ContainerStatus, Pod } from '../../api/workload.ts';
import type { Observed } from './observed.ts';
import { readReport } from './validationReport.ts';

/** Volumes and network of a pod are usually ready within a second or two; they are not mentioned before this time. */
const PATIENCE_MS = 10_000;
/** Longest part of a message that others wrote, characters. */
const LONGEST = 300;

/**
 * Why a version's pods are not ready, in brackets and after a blank, to end a sentence with; empty if they report nothing.
 * @param now milliseconds since the epoch
 */
export function troubleOfVersion({ pods }: Observed, digest: string, now: number): string {
  return podTrouble(pods.filter(({ metadata }) => metadata.annotations?.[ANNOTATIONS.digest] === digest), now);
}

/** The same of given pods: the first trouble, in the order of the pods' names. */
export function podTrouble(pods: readonly Pod[], now: number): string {
  const alive = pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const pod of alive) {
    const trouble = containerTrouble(pod) ?? placeTrouble(pod) ?? volumeTrouble(pod, now);
    if (trouble !== undefined) return ` (${trouble})`;
  }
  return '';
}

/** Milliseconds until pods waiting for their volumes are worth mentioning: the kubelet does not touch them in the meantime. */
export function untilTrouble(pods: readonly Pod[], now: number): number | undefined {
  const waits = pods.flatMap((pod) => waitsSince(pod) ?? []).map((since) => since + PATIENCE_MS - now);
  const ahead = waits.filter((wait) => wait > 0);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}

function containerTrouble({ status }: Pod): string | undefined {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  for (const container of containers) {
    const said = saidBy(container);
    if (said !== undefined) return `container ${container.name}: ${plain(said)}`;
  }
  return undefined;
}

/** What a container that is not ready reports, or the kubelet about it, e.g. `secret "redis" not found`. */
function saidBy({ ready, state, lastState }: ContainerStatus): string | undefined {
  if (ready === true || state?.terminated?.exitCode === 0) return undefined;
  const ended = [state?.terminated, lastState?.terminated].find((each) => each !== undefined && each.exitCode !== 0);
  if (ended) return lastWords(ended);
  const { reason, message } = state?.waiting ?? {};
  return reason === 'PodInitializing' || reason === 'ContainerCreating' ? undefined : (message ?? reason);
}

function lastWords({ message, reason, exitCode }: NonNullable<NonNullable<ContainerStatus['state']>['terminated']>): string {
  return readReport(message)?.message ?? message ?? reason ?? `exit code ${String(exitCode)}`;
}

function placeTrouble(pod: Pod): string | undefined {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  return `pod ${pod.metadata.name} is not scheduled: ${plain(scheduled.message ?? scheduled.reason ?? 'no reason given')}`;
}

/**
 * A pod whose volumes cannot be mounted says why in Events alone, which the operator does not read. That it waits, and
 * which Secrets it needs, is in the pod.
 */
function volumeTrouble(pod: Pod, now: number): string | undefined {
  const since = waitsSince(pod);
  if (since === undefined || now - since < PATIENCE_MS) return undefined;
  const secrets = (pod.spec?.volumes ?? []).flatMap(({ secret }) =>
    secret?.secretName === undefined || secret.optional === true ? [] : [secret.secretName],
  );
  const hint = secrets.length === 0 ? '' : `; check that Secret ${secrets.join(', ')} exists`;
  return `pod ${pod.metadata.name} is waiting for its volumes or network${hint}`;
}

/** When the pod was given a node, milliseconds since the epoch, where it has had no volumes and no network since. */
function waitsSince(pod: Pod): number | undefined {
  const scheduled = conditionOf(pod, 'PodScheduled');
  const isPlaced = scheduled?.status === 'True' && conditionOf(pod, 'PodReadyToStartContainers')?.status === 'False';
  const isOver = pod.metadata.deletionTimestamp !== undefined || pod.status?.phase !== 'Pending';
  return isPlaced && !isOver ? Date.parse(scheduled.lastTransitionTime ?? '') || undefined : undefined;
}

const conditionOf = ({ status }: Pod, type: string) => status?.conditions?.find((each) => each.type === type);

/** One line without the end of a sentence, not too long. */
function plain(text: string): string {
  const line = text.trim().split(/\s*\n\s*/)[0] ?? '';
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  return short.replace(/\.$/, '');
}
