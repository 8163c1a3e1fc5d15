import type { RecommenderModel } from '../../api/model.ts';
import { LABELS, MANAGER } from '../../api/names.ts';
import type { ObjectMeta } from '../../api/objects.ts';

/** Labels of everything that belongs to a model. */
export function labelsOf(model: RecommenderModel): Record<string, string> {
  return {
    [LABELS.name]: 'recommender-serving',
    [LABELS.instance]: model.metadata.name,
    [LABELS.managedBy]: MANAGER,
    [LABELS.model]: model.metadata.name,
  };
}

/** Labels that select the serving pods of a model and no other pod of it (validation pods have another component). */
export function servingPodLabels(model: RecommenderModel): Record<string, string> {
  return { [LABELS.model]: model.metadata.name, [LABELS.component]: 'serving' };
}

/** Metadata of an owned object: goes when the model goes, by the API server's garbage collector and without finalizers. */
export function ownedMeta(model: RecommenderModel, name: string): ObjectMeta {
  const { apiVersion, kind, metadata } = model;
  return {
    name,
    namespace: metadata.namespace ?? '',
    labels: labelsOf(model),
    ownerReferences: [
      { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true },
    ],
  };
}
