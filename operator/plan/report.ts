import type { ValidationReport } from '../../serving/contract.ts';

/** Pods can write anything into their termination message: what does not read as a report is none. */
export function readReport(text: string | undefined): ValidationReport | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return isReport(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isReport(value: unknown): value is ValidationReport {
  if (typeof value !== 'object' || value === null) return false;
  const { result, reason, message } = value as Record<string, unknown>;
  const known = result === 'Passed' || result === 'Invalid' || result === 'Unavailable';
  return known && typeof reason === 'string' && typeof message === 'string';
}
