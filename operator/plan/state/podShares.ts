import { ANNOTATIONS, LABELS } from '../../api/names.ts';
import type { Pod } from '../../api/workload.ts';
import type { Observed } from './observed.ts';

/** Pods that serve or are about to. */
export const servingPods = ({ pods }: Observed): Pod[] =>
  pods.filter(({ metadata }) => metadata.labels?.[LABELS.component] === 'serving' && metadata.deletionTimestamp === undefined);

/** Ready pods of the desired version among all ready serving pods. */
export function podShare(observed: Observed): { mine: number; all: number } {
  const ready = servingPods(observed).filter(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
  const mine = ready.filter(({ metadata }) => metadata.annotations?.[ANNOTATIONS.digest] === observed.model.spec.release.digest);
  return { mine: mine.length, all: ready.length };
}
