import type { Figures } from './figures.ts';
import { faultsOf } from './figures.ts';

/** One line for people on stderr; the last line of stdout stays the result. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function progress(what: string, figures: Figures): void {
  const { throughput, p50, p99, refused, refusalP99, generatorBusy } = figures;
  const refusals = refused === 0 ? '' : `, ${refused} refused within p99 ${refusalP99.toFixed(1)} ms`;
  const faults = faultsOf(figures);
  const load = `generator ${Math.round(generatorBusy * 100)}%`;
  say(`${what}: ${Math.round(throughput)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms${refusals}, ${load}${faults === undefined ? '' : `; ${faults}`}`);
}
