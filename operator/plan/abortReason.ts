import type { Rollout } from '../api/argo.ts';
import { ANNOTATIONS } from '../api/names.ts';
import type { ContainerStatus, Pod } from '../api/workload.ts';
import type { Observed } from './observed.ts';

/**
 * Why Argo Rollouts gave a version up when no guardrail failed, as a sentence part. Undefined while an analysis has
 * failed whose run is not in the cache yet: it comes by another watch than the Rollout. `waits`: there is time for that.
 */
export function abortReason({ rollout, runs, model, pods }: Observed, digest: string, { waits }: { waits: boolean }): string | undefined {
  const failed = analysesOf(rollout).find(({ status }) => status === 'Failed');
  const arrived = runs.some((run) => run.metadata.name === failed?.name && run.status?.phase === 'Failed');
  if (failed && !arrived && waits) return undefined;
  const message = rollout?.status?.message ?? '';
  if (message.includes('timed out progressing')) {
    return `its pods did not become ready within ${model.spec.delivery.progressDeadline}${podTrouble(pods, digest)}`;
  }
  // With a cause of its own Argo Rollouts adds it after a colon.
  const isByHand = message === '' || /aborted update to revision \d+$/.test(message);
  return isByHand ? 'somebody aborted it in Argo Rollouts' : `Argo Rollouts gave it up (${message})`;
}

function analysesOf(rollout: Rollout | undefined): { name: string; status: string }[] {
  const { currentBackgroundAnalysisRunStatus: background, currentStepAnalysisRunStatus: step } = rollout?.status?.canary ?? {};
  return [background, step].filter((each) => each !== undefined);
}

/** What the first troubled container of the version's pods says of itself, in brackets. */
function podTrouble(pods: readonly Pod[], digest: string): string {
  const containers = pods
    .filter(({ metadata }) => metadata.annotations?.[ANNOTATIONS.digest] === digest)
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]);
  for (const container of containers) {
    const trouble = troubleOf(container);
    if (trouble !== undefined) return ` (container ${container.name}: ${trouble})`;
  }
  return '';
}

function troubleOf({ state, lastState }: ContainerStatus): string | undefined {
  const ended = [state?.terminated, lastState?.terminated].find((each) => each !== undefined && each.exitCode !== 0);
  if (ended) return ended.message ?? ended.reason ?? `exit code ${String(ended.exitCode)}`;
  const waiting = state?.waiting;
  return waiting?.reason === 'PodInitializing' ? undefined : (waiting?.message ?? waiting?.reason);
}
