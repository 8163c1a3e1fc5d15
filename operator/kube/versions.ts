type Versioned = { readonly metadata: { readonly resourceVersion?: string } };

/**
 * Whether `a` has a greater resourceVersion than `b`. Kubernetes promises that resourceVersions of one kind are decimal
 * numbers that grow (API concepts, "Resource versions"; guaranteed to clients since 1.35); they can exceed 2^53, so they
 * are compared as digits. An object without a version counts as newer than anything: only tests make such.
 */
export function isNewer(a: Versioned, b: Versioned): boolean {
  const left = a.metadata.resourceVersion;
  const right = b.metadata.resourceVersion;
  if (left === undefined || left === '' || right === undefined || right === '') return true;
  return left.length === right.length ? left > right : left.length > right.length;
}

export function versioned(resourceVersion: string): Versioned {
  return { metadata: { resourceVersion } };
}

/** Freezes a JSON value through and through, and returns it. No recursion: the API server allows 10,000 levels. */
export function deepFreeze<T>(value: T): T {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null || Object.isFrozen(next)) continue;
    Object.freeze(next);
    for (const inner of Object.values(next)) open.push(inner);
  }
  return value;
}
