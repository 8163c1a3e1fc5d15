import type { Rollout } from '../../../api/argo.ts';
import type { Transition } from '../../state/decision.ts';
import type { Observed } from '../../state/observed.ts';
import { troubleOfVersion } from '../../state/podTrouble.ts';

/** When the reason is needed: now, milliseconds since the epoch; `waits`: there is time for a measurement that has yet to arrive. */
interface Asked {
  now: number;
  waits: boolean;
}

/**
 * Why Argo Rollouts aborted a version when no guardrail failed. Undefined while an analysis has failed whose run is not in the
 * cache yet: it arrives by another watch than the Rollout.
 */
export function abortReason(observed: Observed, digest: string, { now, waits }: Asked): Pick<Transition, 'rule' | 'why'> | undefined {
  const { rollout, runs, model } = observed;
  const failed = analysesOf(rollout).find(({ status }) => status === 'Failed');
  const arrived = runs.some((run) => run.metadata.name === failed?.name && run.status?.phase === 'Failed');
  if (failed && !arrived && waits) return undefined;
  const message = rollout?.status?.message ?? '';
  if (message.includes('timed out progressing')) {
    const why = `its pods did not become ready within ${model.spec.delivery.progressDeadline}${troubleOfVersion(observed, digest, now)}`;
    return { rule: 'PodsNotReady', why };
  }
  // With a cause of its own Argo Rollouts adds it after a colon.
  const isByHand = message === '' || /aborted update to revision \d+$/.test(message);
  if (isByHand) return { rule: 'AbortedInArgoRollouts', why: 'it was aborted in Argo Rollouts' };
  return { rule: 'GivenUpByArgoRollouts', why: `Argo Rollouts aborted it (${message})` };
}

function analysesOf(rollout: Rollout | undefined): { name: string; status: string }[] {
  const { currentBackgroundAnalysisRunStatus: background, currentStepAnalysisRunStatus: step } = rollout?.status?.canary ?? {};
  return [background, step].filter((each) => each !== undefined);
}
