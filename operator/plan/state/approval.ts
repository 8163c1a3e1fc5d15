import type { ModelVersion } from '../../api/model.ts';
import { approvalsOf } from './acts.ts';
import { stepIndex } from './rolloutState.ts';
import type { Snapshot } from './snapshot.ts';
import { isAtOpenPause, presentStep, stepsOf } from './steps.ts';

/**
 * What awaits approval at the candidate's pause: serving its first users, after a shadow phase that stops there, or serving
 * everyone, after the last step. Each pause takes one approval, and so does the start.
 */
export function awaitedApproval({ observed }: Snapshot, desiredVersion: ModelVersion): 'Users' | 'Everyone' | undefined {
  const present = presentStep(observed);
  if (present?.part !== 'Approval' || !isAtOpenPause(observed)) return undefined;
  const { approval, shadow } = observed.model.spec.delivery;
  const index = stepIndex(observed);
  const needed =
    stepsOf(observed.model)
      .slice(0, index + 1)
      .filter(({ part }) => part === 'Approval').length + (approval === 'Manual' ? 1 : 0);
  if (approvalsOf(desiredVersion) >= needed) return undefined;
  if (present.weight > 0) return approval === 'Manual' ? 'Everyone' : undefined;
  return shadow.then === 'Stop' ? 'Users' : undefined;
}
