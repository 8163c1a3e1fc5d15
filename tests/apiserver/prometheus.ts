import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binaryPath } from '../../tools/setup/binaries.mjs';
import { onFreePorts } from '../../tools/testenv/ports.ts';
import { lastLines, startDaemon, untilReady } from '../../tools/testenv/processes.ts';

/** A counter as it was scraped: seconds since the epoch and value. */
export interface Scraped {
  name: string;
  labels: Record<string, string>;
  points: readonly { at: number; value: number }[];
}

/** A real Prometheus of this test's own, which scrapes nothing: what it is to have scraped is pushed to it. */
export interface TestPrometheus {
  origin: string;
  tell(series: readonly Scraped[]): Promise<void>;
  /** The numbers that the query yields at a time, seconds since the epoch, in their order. */
  ask(query: string, at: number): Promise<number[]>;
  stop(): Promise<void>;
}

export const startPrometheus = (): Promise<TestPrometheus> => onFreePorts(1, ([port]) => startOn(`127.0.0.1:${String(port)}`));

async function startOn(address: string): Promise<TestPrometheus> {
  const program = binaryPath('prometheus');
  if (!existsSync(program)) throw new Error('Prometheus is not built: run these tests by `npm run test:apiserver`, which builds it');
  const dir = mkdtempSync(join(folderInMemory(), 'prometheus-'));
  // What is told comes late, all at once, and under the names that it has.
  writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify({ storage: { tsdb: { out_of_order_time_window: '72h' } }, otlp: { translation_strategy: 'NoTranslation' } }));
  const files = [`--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'data')}`];
  const logFile = join(dir, 'log');
  const daemon = startDaemon(program, [...files, `--web.listen-address=${address}`, '--web.enable-otlp-receiver'], logFile);
  await untilReady('prometheus', daemon, logFile, async () => (await fetch(`http://${address}/-/ready`)).ok);
  const withLog = (error: unknown): never => {
    throw new Error(`${String(error)}\nThe end of Prometheus's log:\n${lastLines(logFile)}`, { cause: error });
  };
  return {
    origin: `http://${address}`,
    tell: (series) => tell(address, series).catch(withLog),
    ask: (query, at) => ask(address, query, at).catch(withLog),
    stop: async () => {
      await daemon.kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

// In memory where there is room: Prometheus reserves 128 MiB of a file at a time, and nothing of it is wanted afterwards.
function folderInMemory(): string {
  const memory = '/dev/shm';
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 2 ** 30 ? memory : tmpdir();
}

async function tell(address: string, series: readonly Scraped[]): Promise<void> {
  const metrics = series.map(({ name, labels, points }) => ({ name, sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: points.map((point) => dataPoint(point, labels)) } }));
  const body = JSON.stringify({ resourceMetrics: [{ resource: { attributes: [] }, scopeMetrics: [{ scope: {}, metrics }] }] });
  const response = await fetch(`http://${address}/api/v1/otlp/v1/metrics`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!response.ok) throw new Error(`Prometheus took no series: ${String(response.status)} ${await response.text()}`);
}

const dataPoint = ({ at, value }: Scraped['points'][number], labels: Scraped['labels']) => ({
  timeUnixNano: `${String(at)}000000000`,
  asDouble: value,
  attributes: Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } })),
});

interface Answer {
  status: string;
  error?: string;
  data?: { result: { value: [number, string] }[] };
}

async function ask(address: string, query: string, at: number): Promise<number[]> {
  const response = await fetch(`http://${address}/api/v1/query?${new URLSearchParams({ query, time: String(at) }).toString()}`);
  const { status, error, data } = (await response.json()) as Answer;
  if (status !== 'success' || !data) throw new Error(`${query}: ${error ?? 'no answer'}`);
  return data.result.map(({ value }) => Number(value[1]));
}
