/** A time as objects have it, RFC 3339 in whole seconds. @param time milliseconds since the epoch */
export const timestamp = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');

/** A time for people, e.g. `2026-03-01 11:50 UTC`. @param time milliseconds since the epoch */
export const minute = (time: number): string => `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
