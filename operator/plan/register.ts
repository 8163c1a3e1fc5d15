import { API_VERSION } from '../api/kinds.ts';
import type { ModelVersion, RecommenderModel, Release, Stage } from '../api/model.ts';
import { LABELS, MANAGER, namesOf } from '../api/names.ts';
import type { KubernetesObject } from '../api/objects.ts';
import type { ModelVersionStatus } from '../api/types.gen.ts';
import type { Transition } from './decision.ts';
import type { Facts } from './facts.ts';

const MOST_DECISIONS = 20;

/** The ModelVersion of a wish nobody has registered yet, unless its number is another bundle's. */
export function registration({ wish, observed }: Facts): KubernetesObject[] {
  const isKnown = observed.versions.some(({ spec }) => spec.version === wish.version);
  return isKnown ? [] : [versionObject(observed.model, wish)];
}

/** It has no owner: what was decided outlives the model. */
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

/** The version as it is after the transition, its record on top. `at`: RFC 3339. */
export function afterTransition({ version, to, reason, by, evidence, found }: Transition, at: string): ModelVersion {
  const from: Stage | 'None' = version.status?.stage ?? 'None';
  const record = { at, from, to, by, reason, ...(evidence ? { evidence: [...evidence] } : {}) };
  const status: ModelVersionStatus = {
    ...version.status,
    stage: to,
    ...(to === 'Validating' ? { verified: false } : {}),
    ...(to === 'Challenger' ? { verified: true } : {}),
    ...(to === 'Champion' ? { championSince: at } : {}),
    ...found,
    decisions: [record, ...(version.status?.decisions ?? [])].slice(0, MOST_DECISIONS),
  };
  return { ...version, status };
}
