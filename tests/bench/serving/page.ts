import type { Comparison } from './compare.ts';
import type { Figures } from './figures.ts';
import { bestBatch } from './floor.ts';
import { ratiosOf, targetsOf } from './targets.ts';
import type { Measured, Target } from './targets.ts';

const BEGIN = '<!-- figures -->';
const END = '<!-- end of figures -->';

const NAMES: Record<string, string> = {
  ours: 'this server',
  naiveExpress: 'naive Express',
  naiveExpressDefaults: 'naive Express, default threads',
  fastapi: 'FastAPI',
  fastapiTuned: 'FastAPI, tuned',
  noopExpress: 'HTTP floor',
};

/** @returns the page with its figures replaced by those of this run @throws Error when it has no place for them */
export function withFigures(page: string, measured: Measured, about: { at: Date; node: string }): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return [page.slice(0, from) + BEGIN, ...figuresOf(measured, about), page.slice(to)].join('\n');
}

function figuresOf(measured: Measured, { at, node }: { at: Date; node: string }): string[] {
  const targets = targetsOf(measured);
  const missed = targets.filter(({ pass }) => pass === false).length;
  return [
    '## Figures',
    `Of ${at.toISOString().slice(0, 10)}, a virtual machine of two x86-64 cores, Node ${node.slice(1)}; by \`npm run bench:serving\`.`,
    '',
    '![Answers a second of each server with 1, 16 and 64 connections](performance.svg)',
    ...measured.comparisons.flatMap(sizeTables),
    '### Targets',
    `${targets.length - missed} of ${targets.length} are reached.`,
    '',
    '| target | limit | found | |',
    '|---|---|---|---|',
    ...targets.map(targetRow),
    '',
  ];
}

function sizeTables(comparison: Comparison): string[] {
  const { items, closed, floor, atOwn70, atFastapi70, overload, rates } = comparison;
  const ratios = ratiosOf(comparison);
  const best = bestBatch(floor);
  return [
    '',
    `### ${items.toLocaleString('en')} items`,
    '| server | 1 connection | p50, p99 | 16 connections | 64 connections | p50, p99 | this server is |',
    '|---|---|---|---|---|---|---|',
    ...Object.entries(closed).map(([name, figures]) => closedRow(name, figures, ratios[name])),
    '',
    `Inference floor: ${Object.entries(floor).map(([batch, microseconds]) => `${Math.round(microseconds)} µs in batches of ${batch}`).join(', ')}; the best is ${best.batch}.`,
    '',
    `At 70% of its maximum (${Math.round(rates.own70)}/s): ${latency(atOwn70)}. ` +
      (atFastapi70 === undefined ? '' : `At 70% of FastAPI's (${Math.round(rates.fastapi70 ?? 0)}/s): ${latency(atFastapi70.ours)}, FastAPI ${latency(atFastapi70.fastapi)}. `) +
      `At twice its maximum (${Math.round(rates.overload)}/s): ${Math.round(overload.throughput)}/s answered, ${latency(overload)}; refusals p99 ${overload.refusalP99.toFixed(1)} ms.`,
    '',
  ];
}

function closedRow(name: string, figures: Record<string, Figures>, ratio: number | undefined): string {
  const rate = (connections: string) => (figures[connections] === undefined ? '' : `${Math.round(figures[connections].throughput)}/s`);
  const times = (connections: string) => (figures[connections] === undefined ? '' : latency(figures[connections]));
  const multiple = name === 'ours' ? '' : `${ratio?.toFixed(1)} × as fast`;
  return `| ${NAMES[name]} | ${rate('1')} | ${times('1')} | ${rate('16')} | ${rate('64')} | ${times('64')} | ${multiple} |`;
}

function latency({ p50, p99 }: Figures): string {
  return `${milliseconds(p50)}, ${milliseconds(p99)}`;
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

function targetRow({ name, value, atLeast, atMost, pass }: Target): string {
  const limit = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  return `| ${name} | ${limit} | ${value === null ? '' : Number(value.toPrecision(3))} | ${pass === null ? 'not measured' : pass ? 'reached' : '**missed**'} |`;
}
