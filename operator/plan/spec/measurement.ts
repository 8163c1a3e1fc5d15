import type { Basis, Guardrail } from './guardrails.ts';

// The query, its success condition and the parsing of its result: the three have to agree.

/**
 * A value that rests on requests is queried together with their number, so that both are of the same moment: `[-312, 0.21]`.
 * Argo Rollouts passes on numbers without labels, and only sorting gives them an order in every Prometheus: none of our values
 * is negative, so the number of requests is negated to come first. A value of somebody else's query may be negative, so there it
 * is put below any such value, and is there even without a series. The line break ends a comment that such a query may end with.
 */
export function queryOf({ query, restsOn }: Guardrail): string {
  if (restsOn === undefined) return query;
  const count = restsOn.signed ? `${String(LOWEST)} - (${restsOn.requests} or vector(0))` : `-(${restsOn.requests})`;
  return `sort((${query}${restsOn.signed ? '\n' : ''}) or label_replace(${count}, "is", "requests", "", ""))`;
}

/** Far below what anybody measures; together with a number of requests still a whole number in a float64. */
const LOWEST = -1e12;

/**
 * Both conditions are written out: a result that meets neither is inconclusive. That covers an empty result, NaN, infinity
 * (which would pass a limit on its other side), several series (of which only the first would be judged), and a value based on
 * too few requests. Without a limit enough requests are all it takes: there may be no value to report.
 */
export function conditionsOf({ restsOn, max, min }: Guardrail): { successCondition: string; failureCondition: string } {
  const lowest = restsOn?.signed ? LOWEST : 0;
  const enough = `result[0] <= ${String(lowest - (restsOn?.fewest ?? 0))}`;
  const both = `len(result) == 2 && ${enough} && result[1] >= ${String(lowest)}`;
  const [value, numbers] = restsOn ? ['result[1]', both] : ['result[0]', 'len(result) == 1'];
  const measured = `${numbers} && !isNaN(${value}) && !isInf(${value})`;
  const limits = [
    ...(max === undefined ? [] : [`${value} <= ${String(max)}`]),
    ...(min === undefined ? [] : [`${value} >= ${String(min)}`]),
  ].join(' && ');
  if (limits === '') return { successCondition: restsOn ? `len(result) >= 1 && ${enough}` : measured, failureCondition: 'false' };
  return { successCondition: `${measured} && ${limits}`, failureCondition: `${measured} && !(${limits})` };
}

/** What one result says. */
interface Reading {
  value?: string;
  /** That the value rests on. */
  requests?: number;
  /** Why there is no value although there was a result. */
  trouble?: string;
}

/**
 * A value that rests on too few requests is not told.
 * @param answer as Argo Rollouts prints a Prometheus vector: `[0.25]`, `[-312,0.25]`, `[]` for none; `[0.25,0.5]` of several series
 */
export function read(answer = '', restsOn?: Basis): Reading {
  const numbers = answer.replaceAll(/[[\]\s]/g, '').split(',').filter((each) => each !== '');
  const [count, ...values] = numbers;
  // A run started by an earlier operator queries the value alone.
  const isTold = restsOn?.signed ? Number(count) <= LOWEST : numbers.length > 1 || count?.startsWith('-') === true;
  if (!restsOn || !isTold) return valueIn(numbers);
  const requests = Math.floor((restsOn.signed ? LOWEST : 0) - Number(count));
  return { requests, ...(requests < restsOn.fewest ? {} : valueIn(values)) };
}

function valueIn(numbers: readonly string[]): Reading {
  const [value] = numbers;
  if (value === undefined) return {};
  if (numbers.length > 1) return { trouble: `the query returned ${String(numbers.length)} series instead of one` };
  if (!Number.isFinite(Number(value))) return { trouble: `the query returned ${value}, which cannot be compared with a limit` };
  return { value: String(Number(Number(value).toPrecision(6))) };
}
