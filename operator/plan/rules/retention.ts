import type { ModelVersion } from '../../api/model.ts';
import { LABELS, MANAGER } from '../../api/names.ts';
import type { Decision } from '../state/decision.ts';
import { isUnderWay, type Snapshot } from '../state/snapshot.ts';

/** Keeps a model with a long past from holding up the others. */
const MOST_AT_ONCE = 20;

/**
 * The records to delete: of versions that serve nobody, all but the newest `registry.keep`. A record is deleted only if
 * forgetting it does no harm. Versions that users met and that were rejected are kept forever: the record is the quarantine.
 */
export function expired(snapshot: Snapshot, { transitions = [] }: Decision): ModelVersion[] {
  const { observed, champion } = snapshot;
  if (!champion) return [];
  const needed = new Set([...transitions.map(({ version }) => version.metadata.name), formerChampion(snapshot)?.metadata.name]);
  return observed.versions
    .filter((each) => isForgettable(each) && !isWished(each, snapshot) && !needed.has(each.metadata.name))
    .toSorted((a, b) => touchedAt(b) - touchedAt(a))
    .slice(observed.model.spec.registry.keep)
    .slice(-MOST_AT_ONCE);
}

/**
 * A version rejected by validation would be rejected again before any user saw it. Records made by others may be in Git, and
 * would come back as often as they are deleted.
 */
function isForgettable({ metadata, status }: ModelVersion): boolean {
  if (metadata.deletionTimestamp !== undefined || metadata.labels?.[LABELS.managedBy] !== MANAGER) return false;
  const { stage, decisions } = status ?? {};
  return (
    stage === 'Candidate' ||
    stage === 'Retired' ||
    (stage === 'Rejected' && decisions?.[0]?.from === 'Validating' && !decisions.some(({ from }) => isUnderWay(from)))
  );
}

/** Here, or by a model that admits only what has proven itself here. */
const isWished = ({ spec }: ModelVersion, { desired, observed }: Snapshot): boolean =>
  spec.digest === desired.digest || spec.version === desired.version || observed.desiredElsewhere.includes(spec.digest);

/** The previous champion, to which a rollback returns. */
function formerChampion({ observed, champion }: Snapshot): ModelVersion | undefined {
  return observed.versions
    .filter(({ metadata, status }) => metadata.name !== champion?.metadata.name && status?.stage === 'Retired')
    .toSorted((a, b) => Date.parse(b.status?.championSince ?? '') - Date.parse(a.status?.championSince ?? ''))[0];
}

/** Milliseconds since the epoch of the last decision about it, or of its registration. */
const touchedAt = ({ metadata, status }: ModelVersion): number =>
  Date.parse(status?.decisions?.[0]?.at ?? metadata.creationTimestamp ?? '') || 0;
