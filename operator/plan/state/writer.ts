import type { KubernetesObject, ManagedFields } from '../../api/objects.ts';

/**
 * The field manager that last wrote an annotation, as noted by the API server, which knows the name of the client and not that
 * of the person. Undefined if it notes none.
 */
export const writerOf = (object: KubernetesObject, annotation: string): string | undefined => writingOf(object, annotation)?.manager;

/** When that was, milliseconds since the epoch; undefined if the API server notes no time. */
export function writtenAt(object: KubernetesObject, annotation: string): number | undefined {
  const { time } = writingOf(object, annotation) ?? {};
  return time === undefined ? undefined : Date.parse(time);
}

function writingOf({ metadata }: KubernetesObject, annotation: string): ManagedFields | undefined {
  const writings = (metadata.managedFields ?? []).filter(
    ({ fieldsV1 }) => fieldsV1?.['f:metadata']?.['f:annotations']?.[`f:${annotation}`] !== undefined,
  );
  return writings.findLast(({ manager }) => manager !== undefined && manager !== '');
}
