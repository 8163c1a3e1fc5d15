import type { LoadFigures } from '../../../../serving/contract/report.ts';
import type { RecommenderModel, Verdict } from '../../../api/model.ts';
import { wholeOf } from '../../../api/quantity.ts';
import type { ModelVersionStatus } from '../../../api/types.gen.ts';
import { milliseconds } from '../../spec/durations.ts';
import { type Finding, merged, NOTHING } from './finding.ts';

type Limits = RecommenderModel['spec']['delivery']['validation']['load'];

const MIB = 1024 ** 2;

/** Checks the measurements of validation against the limits, if any. A model that answers nothing at all never passes. */
export function underLoad({ spec }: RecommenderModel, figures: LoadFigures | undefined): Finding {
  if (!figures) return NOTHING;
  const { load } = spec.delivery.validation;
  return merged([
    { ...NOTHING, said: [measured(figures)] },
    ...results(figures),
    ...latencyLimit(load, figures),
    ...memoryLimit(load, figures),
  ]);
}

/** Limits are set, but nothing was measured: no pass, and nothing against the bundle. */
export const lacksFigures = ({ spec }: RecommenderModel, figures: LoadFigures | undefined): boolean => {
  const { p99Latency, memory } = spec.delivery.validation.load;
  return figures === undefined && (p99Latency !== undefined || memory !== undefined);
};

/** As the record of versions holds it. */
export function validationStatus({
  requestsPerSecond,
  requests,
  failed,
  ...rest
}: LoadFigures): NonNullable<ModelVersionStatus['validation']> {
  const { p50Ms, p99Ms, memoryBytes, memoryGrowthBytes } = rest;
  const times = { p50: `${String(p50Ms)}ms`, p99: `${String(p99Ms)}ms` };
  return {
    requestsPerSecond,
    requests,
    failed,
    ...times,
    memory: `${mebibytes(memoryBytes)}Mi`,
    memoryGrowth: `${mebibytes(memoryGrowthBytes)}Mi`,
  };
}

function measured(figures: LoadFigures): string {
  const { p50Ms, p99Ms, memoryBytes, memoryGrowthBytes } = figures;
  const memory =
    `at most ${mebibytes(memoryBytes)} MiB of memory, ` +
    `${mebibytes(Math.max(0, memoryGrowthBytes))} MiB of it added by the load`;
  return (
    `${atRate(figures)} its median latency was ${String(p50Ms)} ms and its 99th percentile latency ` +
    `${String(p99Ms)} ms${failures(figures)}; it used ${memory}.`
  );
}

/** A few failures may be the fault of a busy machine. */
function results(figures: LoadFigures): Finding[] {
  const { failed, requests } = figures;
  if (failed < requests) return [];
  return [
    {
      ...NOTHING,
      faults: [{ reason: 'LoadLimitExceeded', message: `${atRate(figures)} all of its ${String(requests)} requests failed.` }],
    },
  ];
}

function latencyLimit({ p99Latency }: Limits, figures: LoadFigures): Finding[] {
  if (p99Latency === undefined) return [];
  const limit = milliseconds(p99Latency);
  const message =
    `${atRate(figures)} its 99th percentile latency was ${String(figures.p99Ms)} ms${failures(figures)}; ` +
    `delivery.validation.load.p99Latency is ${p99Latency}.`;
  return [limited('load-p99-latency', { value: figures.p99Ms / 1000, limit: limit / 1000 }, message)];
}

function memoryLimit({ memory }: Limits, { memoryBytes }: LoadFigures): Finding[] {
  if (memory === undefined) return [];
  const message = `It used ${mebibytes(memoryBytes)} MiB of memory under load; delivery.validation.load.memory is ${memory}.`;
  return [limited('load-memory', { value: memoryBytes, limit: wholeOf(memory) ?? 0 }, message)];
}

/** Seconds or bytes. */
function limited(metric: string, { value, limit }: { value: number; limit: number }, message: string): Finding {
  const holds = value <= limit;
  const evidence: Verdict = { metric, estimate: String(value), threshold: String(limit), verdict: holds ? 'Pass' : 'Fail' };
  return { said: [], evidence: [evidence], faults: holds ? [] : [{ reason: 'LoadLimitExceeded', message }] };
}

const atRate = ({ requestsPerSecond }: LoadFigures): string => `At ${String(requestsPerSecond)} requests per second,`;
const failures = ({ failed, requests }: LoadFigures): string =>
  failed === 0 ? '' : ` (${String(failed)} of ${String(requests)} requests failed)`;
const mebibytes = (bytes: number): string => String(Math.round(bytes / MIB));
