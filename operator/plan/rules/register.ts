import { API_VERSION } from '../../api/kinds.ts';
import type { DecisionRecord, ModelVersion, RecommenderModel, Release, Stage } from '../../api/model.ts';
import { LABELS, MANAGER, namesOf } from '../../api/names.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import { timestamp } from '../../api/times.ts';
import type { ModelVersionStatus } from '../../api/types.gen.ts';
import { isAct, recordOf } from '../state/acts.ts';
import type { Transition } from '../state/decision.ts';
import { reasonOf } from '../state/record.ts';
import { isUnderWay, type Snapshot, startsAttempt } from '../state/snapshot.ts';
import { isBundleOfChampion } from './start/digestRules.ts';

const MOST_DECISIONS = 20;

/**
 * The ModelVersion of an unregistered desired version, unless its version belongs to another bundle or its bundle to another
 * version.
 */
export function registration(snapshot: Snapshot): KubernetesObject[] {
  const { desired, observed } = snapshot;
  const isKnown = observed.versions.some(({ spec }) => spec.version === desired.version);
  return isKnown || isBundleOfChampion(snapshot) ? [] : [versionObject(observed.model, desired)];
}

/** Versions that a person or a job has registered, with the facts they state. They wait for a release. */
export function adopted({ observed, desiredVersion }: Snapshot): Transition[] {
  const isNew = (version: ModelVersion): boolean =>
    version.status?.stage === undefined && version.metadata.name !== desiredVersion?.metadata.name;
  return observed.versions.filter(isNew).map((version) => {
    const { task, metrics, lineage } = version.spec;
    const found = {
      ...(task === undefined ? {} : { task }),
      ...(metrics === undefined ? {} : { metrics }),
      ...(lineage === undefined ? {} : { lineage }),
    };
    return {
      version,
      to: 'Candidate',
      rule: 'Registered',
      what: 'was registered',
      then: 'It waits until spec.release names it.',
      by: MANAGER,
      found,
    };
  });
}

/**
 * Adds the label by which people select them to versions made by others without it. Applied whole, since an apply gives up the
 * fields it leaves out; the uid keeps a version deleted in the meantime from coming back.
 */
export function labelled({ observed: { model, versions } }: Snapshot): KubernetesObject[] {
  const lacksIt = ({ metadata }: ModelVersion): boolean =>
    metadata.labels?.[LABELS.model] === undefined && metadata.deletionTimestamp === undefined;
  return versions.filter(lacksIt).map(({ apiVersion, kind, metadata: { name, namespace = '', uid }, spec }) => ({
    apiVersion,
    kind,
    metadata: { name, namespace, ...(uid === undefined ? {} : { uid }), labels: { [LABELS.model]: model.metadata.name } },
    spec,
  }));
}

/** It has no owner: decisions outlive the model. */
export function versionObject({ metadata: { name, namespace } }: RecommenderModel, release: Release): KubernetesObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ModelVersion',
    metadata: {
      name: namesOf(name).version(release.version),
      namespace: namespace ?? '',
      labels: { [LABELS.model]: name, [LABELS.managedBy]: MANAGER },
    },
    spec: { model: name, ...release },
  };
}

/** Each changed version once, with all decisions about it, in the order of the latest decisions. */
export function afterAll(transitions: readonly Transition[], at: string, versions: readonly ModelVersion[]): ModelVersion[] {
  return transitions.reduce<ModelVersion[]>((changed, transition) => {
    const isSame = ({ metadata }: ModelVersion): boolean => metadata.name === transition.version.metadata.name;
    const version = changed.find(isSame) ?? transition.version;
    return [...changed.filter((each) => !isSame(each)), afterTransition({ ...transition, version }, at, versions)];
  }, []);
}

/** The version after the transition, its record on top. `at`: RFC 3339; `versions`: all of the model before it. */
export function afterTransition(transition: Transition, at: string, versions: readonly ModelVersion[]): ModelVersion {
  const { version, to, rule, by, evidence = [], found, act } = transition;
  const from: Stage | 'None' = version.status?.stage ?? 'None';
  const measured = evidence.length > 0 ? { evidence: [...evidence] } : {};
  const record = { at, from, to, by, rule, reason: reasonOf(transition), ...(act ? { act: recordOf(act) } : {}), ...measured };
  const status: ModelVersionStatus = {
    ...version.status,
    stage: to,
    ...(to === 'Validating' ? { verified: false } : {}),
    ...(isUnderWay(to) ? { verified: true } : {}),
    ...(to === 'Champion' && from !== 'Champion' ? { championSince: laterThanAll(versions, at) } : {}),
    ...found,
    decisions: bounded([record, ...(version.status?.decisions ?? [])]),
  };
  return { ...version, status };
}

/** While two versions say Champion the later one is: a clock that was set back must not reverse that. */
function laterThanAll(versions: readonly ModelVersion[], at: string): string {
  const last = Math.max(0, ...versions.map(({ status }) => Date.parse(status?.championSince ?? '') || 0));
  return last < Date.parse(at) ? at : timestamp(last + 1000);
}

/**
 * The oldest of these is dropped: a pause or resume overtaken by a later action; then a record without a change of stage from
 * before the current attempt. The state of the attempt, its beginning and its approvals, is read from these records.
 */
function bounded(decisions: readonly DecisionRecord[]): DecisionRecord[] {
  if (decisions.length <= MOST_DECISIONS) return [...decisions];
  const start = decisions.findIndex(startsAttempt);
  const last = decisions.findIndex((each) => isAct(each, 'pause', 'resume', 'promote'));
  const overtaken = decisions.findLastIndex((each, index) => index > last && isAct(each, 'pause', 'resume'));
  const idle = decisions.findLastIndex(({ from, to }, index) => index > start && from === to);
  return decisions.toSpliced([overtaken, idle].find((index) => index !== -1) ?? decisions.length - 1, 1);
}
