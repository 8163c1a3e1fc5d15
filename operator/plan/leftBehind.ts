import type { ModelVersion } from '../api/model.ts';
import { MANAGER } from '../api/names.ts';
import type { Transition } from './decision.ts';
import type { Facts } from './facts.ts';
import { isWayBack, rolledBackReason } from './rollback.ts';

/** Versions that were on their way when `spec.release` moved on, and a champion whose successor is already recorded. */
export function leftBehind({ observed, wish, champion }: Facts): Transition[] {
  return observed.versions.flatMap((version): Transition[] => {
    const name = version.spec.version;
    const stage = version.status?.stage;
    const isOnItsWay = stage === 'Validating' || stage === 'Challenger';
    if (isOnItsWay && name !== wish.version) {
      const reason = `${name} was abandoned: spec.release asks for ${wish.version} now.`;
      return [{ version, to: 'Candidate', reason, by: MANAGER }];
    }
    if (stage === 'Champion' && champion && name !== champion.spec.version) {
      return [succeeded(version, champion)];
    }
    return [];
  });
}

function succeeded(version: ModelVersion, champion: ModelVersion): Transition {
  const last = champion.status?.decisions?.[0];
  if (last && isWayBack(last)) return { version, to: 'RolledBack', reason: rolledBackReason(version, last.reason), by: last.by };
  return { version, to: 'Retired', reason: `${version.spec.version} was replaced by ${champion.spec.version}.`, by: MANAGER };
}
