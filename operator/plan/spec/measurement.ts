import type { Basis, Guardrail } from './guardrails.ts';

// What Argo Rollouts is to ask, when it is to be content, and how its answer reads: the three have to agree.

/**
 * A value that rests on requests is asked for together with their number, so that both are of one moment: `[-312, 0.21]`. Argo
 * Rollouts hands on numbers without their labels, and sorting is what gives them an order in every Prometheus: no value of ours is
 * negative, so the number of requests is, to come first.
 */
export function queryOf({ query, restsOn }: Guardrail): string {
  if (restsOn === undefined) return query;
  return `sort((${query}) or label_replace(-(${restsOn.requests}), "is", "requests", "", ""))`;
}

/**
 * Both conditions are written out: an answer that meets neither is inconclusive. None is one such, and so are NaN and an
 * infinite one, which would pass a limit on its other side, several series, of which only the first would be judged, and a value
 * of too few requests. What has no limit is content with enough requests: there may be nothing to tell of them.
 */
export function conditionsOf({ restsOn, max, min }: Guardrail): { successCondition: string; failureCondition: string } {
  const enough = `result[0] <= ${String(-(restsOn?.fewest ?? 0))}`;
  const [value, numbers] = restsOn ? ['result[1]', `len(result) == 2 && ${enough} && result[1] >= 0`] : ['result[0]', 'len(result) == 1'];
  const measured = `${numbers} && !isNaN(${value}) && !isInf(${value})`;
  const limits = [
    ...(max === undefined ? [] : [`${value} <= ${String(max)}`]),
    ...(min === undefined ? [] : [`${value} >= ${String(min)}`]),
  ].join(' && ');
  if (limits === '') return { successCondition: restsOn ? `len(result) >= 1 && ${enough}` : measured, failureCondition: 'false' };
  return { successCondition: `${measured} && ${limits}`, failureCondition: `${measured} && !(${limits})` };
}

/** What one answer says. */
interface Reading {
  value?: string;
  /** That the value rests on. */
  requests?: number;
  /** Why there is no value though there was an answer. */
  trouble?: string;
}

/** @param answer as Argo Rollouts prints a Prometheus vector: `[0.25]`, `[-312,0.25]`, `[]` for none; `[0.25,0.5]` of several series */
export function read(answer = '', restsOn?: Basis): Reading {
  const numbers = answer.replaceAll(/[[\]\s]/g, '').split(',').filter((each) => each !== '');
  // A run that an earlier operator began asks for the value alone.
  const isTold = restsOn !== undefined && (numbers.length > 1 || numbers[0]?.startsWith('-') === true);
  if (!isTold) return valueIn(numbers);
  const [count, ...values] = numbers;
  const requests = Math.floor(Math.abs(Number(count)));
  return { requests, ...(requests < restsOn.fewest ? {} : valueIn(values)) };
}

function valueIn(numbers: readonly string[]): Reading {
  const [value] = numbers;
  if (value === undefined) return {};
  if (numbers.length > 1) return { trouble: `the query returned ${String(numbers.length)} series instead of one` };
  if (!Number.isFinite(Number(value))) return { trouble: `the query returned ${value}, which cannot be compared with a limit` };
  return { value: String(Number(Number(value).toPrecision(6))) };
}
