import type { RecommenderModel } from '../../../api/model.ts';
import { type Finding, NOTHING } from './finding.ts';

/** @param dependence how an answer changed with the requests scored beside it, a sentence; undefined if none did */
export function batching({ spec }: RecommenderModel, dependence: string | undefined): Finding {
  if (dependence === undefined) return NOTHING;
  if (spec.delivery.validation.batchDependence !== 'Reject') {
    return { ...NOTHING, said: [`${dependence} Its pods score one request at a time, which is slower.`] };
  }
  const message = `${dependence} To serve it one request at a time, set delivery.validation.batchDependence to Allow.`;
  return { ...NOTHING, faults: [{ reason: 'BatchDependent', message }] };
}
