import { POD_TEMPLATE_HASH_LABEL } from '../../serving/contract.ts';
import type { AnalysisRun, MeasurementPhase } from '../api/argo.ts';
import type { Verdict } from '../api/model.ts';
import { type Guardrail, guardrailsOf, sampleSize, violation } from './guardrails.ts';
import type { Observed } from './observed.ts';

/**
 * The latest word on every guardrail of the version in the Rollout, in the order of the guardrails; a failure, once
 * measured, stays the word. Runs are found by the template hash they judge: the Rollout's own pointers to them are
 * cleared when it moves on.
 */
export function verdictsOf(observed: Observed): Verdict[] {
  const hash = observed.rollout?.status?.currentPodHash;
  if (hash === undefined) return [];
  const started = Date.parse(observed.rollout?.metadata.creationTimestamp ?? '');
  const runs = observed.runs
    .filter((run) => run.metadata.labels?.[POD_TEMPLATE_HASH_LABEL] === hash)
    .filter((run) => !(Date.parse(run.metadata.creationTimestamp ?? '') < started));
  return [...guardrailsOf(observed.model), sampleSize(observed.model)].flatMap((guardrail) => {
    const verdicts = runs.flatMap((run) => verdictOf(guardrail, run));
    const failed = verdicts.find((each) => each.verdict === 'Fail');
    return failed ?? verdicts.toSorted((a, b) => Date.parse(b.at ?? '') - Date.parse(a.at ?? ''))[0] ?? [];
  });
}

/** The sentence part for the first failing guardrail, e.g. `21% of its requests failed, the limit is 5%`. */
export function firstViolation(observed: Observed, verdicts: readonly Verdict[]): string | undefined {
  const failed = verdicts.find((each) => each.verdict === 'Fail');
  const guardrail = guardrailsOf(observed.model).find((each) => each.name === failed?.metric);
  return failed && guardrail && violation(guardrail, Number(failed.estimate));
}

function verdictOf(guardrail: Guardrail, run: AnalysisRun): Verdict[] {
  const result = run.status?.metricResults?.find((each) => each.name === guardrail.name);
  const last = result?.measurements?.at(-1);
  if (!last?.finishedAt) return [];
  const value = firstNumber(last.value);
  const verdict = VERDICTS[last.phase];
  const reason = last.phase === 'Error' ? `could not be measured: ${last.message ?? 'no message'}` : 'too little data yet';
  return [
    {
      metric: guardrail.name,
      ...(value === undefined ? {} : { estimate: value }),
      threshold: String(guardrail.max ?? guardrail.min),
      verdict,
      ...(verdict === 'Wait' ? { reason } : {}),
      at: last.finishedAt,
    },
  ];
}

const VERDICTS: Record<MeasurementPhase, Verdict['verdict']> = {
  Successful: 'Pass',
  Failed: 'Fail',
  Inconclusive: 'Wait',
  Error: 'Wait',
  Running: 'Wait',
  Pending: 'Wait',
};

/** Argo Rollouts prints a Prometheus vector as `[0.25]`, none as `[]`. */
function firstNumber(value: string | undefined): string | undefined {
  const text = /^\[?([^,\]]+)/.exec(value ?? '')?.[1];
  return text !== undefined && text !== '' && Number.isFinite(Number(text)) ? String(Number(Number(text).toPrecision(6))) : undefined;
}
