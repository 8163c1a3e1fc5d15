import type { DecisionRecord, ModelVersion, RecommenderModel } from '../../api/model.ts';
import { actAnnotation, type ActName, ACTS, type WATCH } from '../../api/names.ts';
import type { RecommenderModelStatus } from '../../api/types.gen.ts';
import type { Act, ActionResult, Transition } from './decision.ts';
import type { Observed } from './observed.ts';
import { isStarted, isUnderWay, type Snapshot, startsAttempt } from './snapshot.ts';
import { writerOf } from './writer.ts';

/** Requested manual actions without a result yet, in the order of handling. */
export function newActs({ model, versions }: Observed): Act[] {
  return ACTS.flatMap((name) => {
    const text = asked(model, name);
    if (text === undefined || model.status?.acts?.[name] === text || isOnRecord(versions, name, text)) return [];
    return [parse(model, name, text)];
  });
}

/** Cut to a maximum length, since it is copied into records. */
const asked = ({ metadata }: RecommenderModel, name: ActName): string | undefined =>
  metadata.annotations?.[actAnnotation(name)]?.slice(0, LONGEST_TEXT);

const LONGEST_TEXT = 500;

/** e.g. `2.0.0@sha256:9f… 17 looks good to me`: version, perhaps digest, a token that makes it another value, reason. */
function parse(model: RecommenderModel, name: ActName, text: string): Act {
  const [, version = '', digest, reason = ''] = /^\s*([^\s@]*)(?:@(\S*))?(?:\s+\S+)?\s*(.*)$/s.exec(text) ?? [];
  const by = writerOf(model, actAnnotation(name)) ?? 'annotation';
  return { name, text, version, ...(digest === undefined ? {} : { digest }), reason: reason.replaceAll(/\s+/g, ' ').trim(), by };
}

/** The decision is written before the status of the model: after a crash in between, the record knows. */
const isOnRecord = (versions: readonly ModelVersion[], name: ActName, text: string): boolean =>
  versions.some(({ status }) => status?.decisions?.some(({ act }) => act === recordOf({ name, text })));

export const recordOf = ({ name, text }: NonNullable<Transition['act']>): string => `${name} ${text}`;

/** Sentence part, e.g. `kubectl-annotate (latency looks odd)`. */
export const actor = ({ by, reason }: Pick<Act, 'by' | 'reason'>): string => (reason === '' ? by : `${by} (${reason.replace(/\.$/, '')})`);

/** Acts on the present attempt at a version, newest first. */
export function actsOn({ status }: ModelVersion): DecisionRecord[] {
  const decisions = status?.decisions ?? [];
  const start = decisions.findIndex(startsAttempt);
  return decisions.slice(0, start === -1 ? decisions.length : start).filter(({ act }) => act !== undefined);
}

export const isAct = ({ act }: DecisionRecord, ...names: (ActName | typeof WATCH)[]): boolean =>
  names.some((name) => act?.startsWith(`${name} `) === true);

/** The record of the pause that holds the version; undefined if it is not paused. */
export function pauseOf(version: ModelVersion): DecisionRecord | undefined {
  const last = actsOn(version).find((each) => isAct(each, 'pause', 'resume', 'promote'));
  return last && isAct(last, 'pause') ? last : undefined;
}

/** Approvals of the present attempt: the first lets it start, the second lets it take over. */
export const approvalsOf = (version: ModelVersion): number => actsOn(version).filter((each) => isAct(each, 'approve')).length;

export const promotionOf = (version: ModelVersion): DecisionRecord | undefined => actsOn(version).find((each) => isAct(each, 'promote'));

export const isPromoted = (version: ModelVersion): boolean => promotionOf(version) !== undefined;

/** It has passed every gate before its start, or skips them. */
export const isPastGates = (snapshot: Snapshot): boolean =>
  isStarted(snapshot) || (snapshot.desiredVersion !== undefined && isPromoted(snapshot.desiredVersion));

/** The desired version while Argo Rollouts moves it beside a champion. */
export function candidateUnderWay({ desiredVersion, champion, rolloutDigest, rolloutState }: Snapshot): ModelVersion | undefined {
  const isThere =
    desiredVersion !== undefined &&
    isUnderWay(desiredVersion.status?.stage) &&
    champion !== undefined &&
    rolloutDigest === desiredVersion.spec.digest;
  return isThere && (rolloutState === 'Progressing' || rolloutState === 'Unobserved') ? desiredVersion : undefined;
}

/** What the status says about acts. `at`: now, RFC 3339. */
export function actsStatus(
  { observed: { model, versions } }: Snapshot,
  results: readonly ActionResult[],
  at: string,
): Pick<RecommenderModelStatus, 'acts' | 'lastAct'> {
  const { status } = model;
  const recorded = ACTS.flatMap((name) => {
    const text = asked(model, name);
    return text !== undefined && isOnRecord(versions, name, text) ? [[name, text] as const] : [];
  });
  const answered = results.filter(({ outcome }) => outcome !== 'Underway').map(({ act }) => [act.name, act.text] as const);
  const acts = { ...status?.acts, ...Object.fromEntries([...recorded, ...answered]) };
  const lastAct = lastOf(results, status?.lastAct, at);
  return { ...(Object.keys(acts).length > 0 ? { acts } : {}), ...(lastAct ? { lastAct } : {}) };
}

function lastOf(
  results: readonly ActionResult[],
  before: RecommenderModelStatus['lastAct'],
  at: string,
): RecommenderModelStatus['lastAct'] {
  const last = results.find(({ outcome }) => outcome !== 'Refused') ?? results[0];
  if (!last) return before;
  const { act, outcome, message } = last;
  const isTold = before?.text === act.text && before.act === act.name && before.outcome === outcome && before.message === message;
  return isTold ? before : { act: act.name, text: act.text, by: act.by, outcome, message, at };
}
