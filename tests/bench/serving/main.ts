/**
 * The benchmark of the serving process: ours beside a naive Express server, FastAPI and the floors, servers on one
 * core, load on the other. The last line of stdout is one JSON object with every figure, ratio and target.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

import { readOptions, USAGE } from './args.ts';
import type { Options } from './args.ts';
import { writeBundle } from './bundle.ts';
import type { BenchBundle } from './bundle.ts';
import { withFigures } from './page.ts';
import { drawPlot } from './plot.ts';
import { endAll, endAllWhenInterrupted } from './process.ts';
import { say } from './progress.ts';
import { faultsIn, measureAll } from './run.ts';
import { ratiosOf, targetsOf } from './targets.ts';
import type { Target } from './targets.ts';

async function run(options: Options): Promise<void> {
  const { plan, python, plot, page } = options;
  if (availableParallelism() < 2) throw new Error('The benchmark needs two cores: one for the servers, one for the load.');
  if (python === undefined) say('FastAPI is left out: give a Python that has its packages with --python.');
  const started = new Date();
  const bundles: BenchBundle[] = [];
  try {
    for (const size of plan.sizes) bundles.push(await writeBundle(size));
    const measured = await measureAll(bundles, options);
    const targets = targetsOf(measured);
    targets.forEach(tell);
    const faults = faultsIn(measured);
    for (const fault of faults) say(`This run is not valid. ${fault}`);
    if (plot !== undefined) await writeFile(plot, drawPlot(measured));
    if (page !== undefined) {
      await writeFile(page, withFigures(await readFile(page, 'utf8'), measured, { at: started, node: process.version }));
    }
    const minutes = (Date.now() - started.getTime()) / 60_000;
    const ratios = Object.fromEntries(measured.comparisons.map((comparison) => [comparison.items, ratiosOf(comparison)]));
    const result = { plan: plan.name, at: started.toISOString(), minutes, node: process.version, faults, targets, ratios, ...measured };
    process.stdout.write(`${JSON.stringify(result, rounded)}\n`);
    // A missed target is a figure to report; a wrong answer makes the figures worthless.
    process.exitCode = faults.length === 0 ? 0 : 1;
  } finally {
    await endAll();
    for (const { dir } of bundles) await rm(dir, { recursive: true, force: true });
  }
}

function tell({ name, value, atLeast, atMost, pass }: Target): void {
  const limit = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  say(`${pass === null ? 'not measured' : pass ? 'reached' : 'MISSED'}: ${name}: ${value?.toFixed(3) ?? 'nothing'} (${limit})`);
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}

endAllWhenInterrupted();

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(`${USAGE}\n`);
  else await run(options);
} catch (error) {
  say(`Error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
