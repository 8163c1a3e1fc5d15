import { ENV } from '../../../serving/contract/env.ts';
import type { RecommenderModel, Release } from '../../api/model.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { PlanConfig } from '../state/observed.ts';
import { type EnvVar, fromSecret } from './secrets.ts';

const isInS3 = ({ uri }: Release): boolean => uri.startsWith('s3://');

/** Whether the bundle is read as the pod itself, e.g. by a cloud's role for the model's ServiceAccount. */
export function usesPodIdentity({ spec }: RecommenderModel, release: Release): boolean {
  return isInS3(release) && spec.serving.storage?.secretRef === undefined;
}

/**
 * Shows whether a Job was made for the current `spec.serving.storage`: there is no point in waiting for a Secret that is no
 * longer referenced.
 */
export function storageAnnotation({ spec }: RecommenderModel, release: Release): Record<string, string> {
  const { endpoint, region, secretRef } = spec.serving.storage ?? {};
  const text = [endpoint, region, secretRef?.name].map((each) => each ?? '-').join(' ');
  return isInS3(release) ? { [ANNOTATIONS.storage]: text } : {};
}

/** Where and as whom an `s3://` bundle is read; nothing for other bundles. Credentials come last, see `fromSecret`. */
export function storageEnv({ spec }: RecommenderModel, release: Release, { s3 }: PlanConfig): EnvVar[] {
  if (!isInS3(release)) return [];
  const { endpoint = s3.endpoint, region = s3.region, secretRef } = spec.serving.storage ?? {};
  return [
    ...(endpoint === undefined ? [] : [{ name: ENV.s3Endpoint, value: endpoint }]),
    ...(region === undefined ? [] : [{ name: ENV.s3Region, value: region }]),
    ...(secretRef ? credentials(secretRef.name) : []),
  ];
}

/** The Secret's keys are named like the variables of the AWS clients. */
function credentials(secret: string): EnvVar[] {
  return [
    ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((key) => fromSecret(key, secret, key)),
    fromSecret('AWS_SESSION_TOKEN', secret, 'AWS_SESSION_TOKEN', { optional: true }),
  ];
}
