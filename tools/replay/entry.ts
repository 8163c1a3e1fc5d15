/** One finished request in the API server's audit log, with the fields that are read here. */
export interface Entry {
  verb: string;
  user: { username: string; extra?: Record<string, string[]> };
  objectRef?: { resource?: string; namespace?: string; name?: string; subresource?: string };
  responseStatus?: { code?: number };
  /** Body of a write, where the audit policy asks for it. */
  requestObject?: unknown;
  /** RFC 3339. */
  requestReceivedTimestamp: string;
  /** RFC 3339: when it was answered. */
  stageTimestamp: string;
}

const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** Writes that succeeded, in the order in which they were answered. */
export function writesOf(entries: readonly Entry[]): Entry[] {
  return entries
    .filter(({ verb, responseStatus }) => WRITES.includes(verb) && (responseStatus?.code ?? 0) < 300)
    .toSorted((a, b) => a.stageTimestamp.localeCompare(b.stageTimestamp));
}

/** Entries of a log of JSON lines; a last line that is not complete yet is left out. */
export function parseLog(text: string): Entry[] {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Entry);
}

/** The pod that wrote, by its token; undefined for other callers. */
export const podOf = ({ user }: Entry): string | undefined => user.extra?.['authentication.kubernetes.io/pod-name']?.[0];

/** Written by somebody who is no controller: by hand. */
export const isByHand = ({ user }: Entry): boolean => !user.username.startsWith('system:');

/** Whether it is a write of this resource, of its subresource where one is named. */
export const isOf = ({ objectRef }: Entry, resource: string, subresource?: string): boolean =>
  objectRef?.resource === resource && objectRef.subresource === subresource;

/** `namespace/name`. */
export const placeOf = ({ objectRef }: Entry): string => `${objectRef?.namespace ?? ''}/${objectRef?.name ?? ''}`;

/** The value at a path of an object of unknown form. */
export function at(value: unknown, ...path: string[]): unknown {
  const field = (each: unknown, key: string): unknown =>
    typeof each === 'object' && each !== null ? (each as Record<string, unknown>)[key] : undefined;
  return path.reduce(field, value);
}

/** As `at`; '' where there is no text. */
export function textAt(value: unknown, ...path: string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}
