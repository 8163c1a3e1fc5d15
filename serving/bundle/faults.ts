import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * What is wrong, one entry a fault: `inputs.0.length: …`. Of a union that nothing fits, the faults of the alternative
 * that was meant: the one whose `from` fits.
 */
export function sentencesOf(issue: Issue): string[] {
  return faultsOf(issue).map(({ path, message }) => `${path.join('.') || 'document'}: ${message}`);
}

function faultsOf(issue: Issue): Pick<Issue, 'path' | 'message'>[] {
  if (issue.code !== 'invalid_union' || !issue.path.includes('inputs') || issue.path.length > 2) return [issue];
  const meant = issue.errors.find((issues) => issues.every(({ path }) => path[0] !== 'from'));
  if (meant === undefined) return [{ path: [...issue.path, 'from'], message: 'must be user_id, history, text, context.FIELD, length or mask' }];
  return meant.map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
}
