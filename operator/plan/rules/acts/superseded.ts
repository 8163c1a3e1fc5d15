import type { ModelVersion, Release } from '../../../api/model.ts';
import { MANAGER } from '../../../api/names.ts';
import type { Transition } from '../../state/decision.ts';
import { exposureOf } from '../../state/exposure.ts';
import { wentBack } from '../../state/record.ts';
import { isUnderWay, type Snapshot } from '../../state/snapshot.ts';
import { givenUp, isWayBack } from './rollback.ts';

/** Versions that were on their way when `spec.release` moved on, and a champion whose successor is already recorded. */
export function superseded(snapshot: Snapshot): Transition[] {
  const { observed, desired, champion } = snapshot;
  return observed.versions.flatMap((version): Transition[] => {
    const name = version.spec.version;
    const stage = version.status?.stage;
    const isOnItsWay = stage === 'Validating' || isUnderWay(stage);
    if (isOnItsWay && !isDesired(version, desired)) {
      const why = `spec.release now names ${desired.version}${name === desired.version ? ' with a different digest' : ''}`;
      const then = wentBack(champion, exposureOf(snapshot, version).seen);
      return [{ version, to: 'Candidate', rule: 'WishMovedOn', what: 'was abandoned', why, then, by: MANAGER }];
    }
    if (stage === 'Champion' && champion && name !== champion.spec.version) {
      return [succeeded(version, champion)];
    }
    return [];
  });
}

/** The version alone does not make it the desired version: a changed digest means another bundle. */
const isDesired = ({ spec }: ModelVersion, desired: Release): boolean => spec.version === desired.version && spec.digest === desired.digest;

function succeeded(version: ModelVersion, champion: ModelVersion): Transition {
  const last = champion.status?.decisions?.[0];
  if (last && isWayBack(last)) return givenUp(version, last);
  return replaced(version, champion.spec.version);
}

/** A champion that has a successor. */
export function replaced(version: ModelVersion, by: string): Transition {
  const then = 'A rollback can restore it.';
  return { version, to: 'Retired', rule: 'Succeeded', what: `was replaced by ${by}`, then, by: MANAGER };
}
