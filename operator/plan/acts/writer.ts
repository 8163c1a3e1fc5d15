import type { KubernetesObject } from '../../api/objects.ts';

/**
 * The field manager that wrote an annotation last: the API server notes it, and knows the name of the client and not that of
 * the person. Undefined where it notes none.
 */
export function writerOf({ metadata }: KubernetesObject, annotation: string): string | undefined {
  const entries = (metadata.managedFields ?? []) as ManagedFields[];
  const writers = entries.filter(({ fieldsV1 }) => fieldsV1?.['f:metadata']?.['f:annotations']?.[`f:${annotation}`] !== undefined);
  return writers.map(({ manager }) => manager).findLast((each) => each !== undefined && each !== '');
}

interface ManagedFields {
  manager?: string;
  fieldsV1?: { 'f:metadata'?: { 'f:annotations'?: Record<string, unknown> } };
}
