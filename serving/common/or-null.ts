import type { z } from 'zod';

/** A field that may be absent. null says the same: many languages write a field without a value so. */
export function orNull<T extends z.ZodType>(schema: T) {
  return schema.nullable().transform((value) => value ?? undefined).optional();
}
