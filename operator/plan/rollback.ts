import type { ModelVersion } from '../api/model.ts';
import { told } from './acts.ts';
import { type Answered, done, refuse } from './answered.ts';
import { type Act, championTarget, type Transition } from './decision.ts';
import { type Facts, isQuarantined, releaseOf } from './facts.ts';
import { validationOf } from './validation.ts';

/**
 * Makes an earlier champion the champion again, without steps. Its bundle is fetched and tried first: while it cannot be
 * had, nothing is touched. What spec.release asks for is quarantined with the present champion, so that the way back holds
 * until spec.release changes.
 */
export function rollback(facts: Facts, act: Act): Answered {
  const { observed, champion, wish, rolloutState } = facts;
  const earlier = observed.versions.find(({ spec }) => spec.version === act.version);
  const why = whyNot(facts, act, earlier);
  if (why !== undefined || !earlier || !champion) return refuse(act, why ?? 'there is no champion');
  // The bundle may have moved while its digest stays; the wish says where it is now.
  const release = earlier.spec.digest === wish.digest ? wish : releaseOf(earlier);
  const validation = validationOf(observed, release);
  if (validation.state === 'Failed') return refuse(act, `its bundle could not be fetched (${bare(validation.message)})`);
  if (validation.state === 'Reported' && validation.report.result !== 'Passed') {
    return refuse(act, `its bundle is not usable (${bare(validation.report.message)})`);
  }
  if (validation.state === 'Reported') return goBack(facts, act, { champion, earlier });
  const message = `The bundle of ${act.version} is being fetched and tried before everyone returns to it, as ${told(act)} asked; nothing is changed until then.`;
  const decision = {
    // A Rollout that is lost is not waited with.
    target: rolloutState === 'Absent' ? championTarget(champion) : ({ run: 'Leave' } as const),
    phase: 'Validating' as const,
    reason: 'RollingBack',
    message,
    ...(validation.state === 'Running' ? { validate: release } : {}),
  };
  return { act, outcome: 'Underway', message, decision };
}

function whyNot({ champion }: Facts, { version }: Act, earlier: ModelVersion | undefined): string | undefined {
  if (!champion) return 'there is no champion to return from';
  if (!earlier) return `${version} is not registered`;
  if (champion.spec.version === version) return `${version} is the champion already`;
  if (isQuarantined(earlier)) return `${version} was given up itself; see its ModelVersion`;
  return earlier.status?.championSince === undefined ? `${version} was never champion` : undefined;
}

/**
 * In this order: a wish that is on its way must not go on when the rest is cut off; and while two versions say Champion the
 * later one is, so there is a champion at every moment.
 */
function goBack({ wished }: Facts, act: Act, { champion, earlier }: { champion: ModelVersion; earlier: ModelVersion }): Answered {
  const message = `Everyone returns to ${act.version}, rolled back from ${champion.spec.version} by ${told(act)}.`;
  const isThird = wished !== undefined && wished !== earlier && wished.metadata.name !== champion.metadata.name && !isQuarantined(wished);
  const giveUp = (version: ModelVersion): Transition => ({ version, to: 'RolledBack', reason: rolledBackReason(version, message), by: act.by });
  return done(act, message, {
    target: { run: 'Champion', release: releaseOf(earlier) },
    phase: wished === earlier ? 'Healthy' : 'RolledBack',
    reason: 'RolledBack',
    transitions: [...(isThird ? [giveUp(wished)] : []), { version: earlier, to: 'Champion', reason: message, by: act.by, act }, giveUp(champion)],
  });
}

export const rolledBackReason = ({ spec }: ModelVersion, message: string): string => `${spec.version} was given up. ${message}`;

const bare = (sentence: string): string => sentence.replace(/\.$/, '');
