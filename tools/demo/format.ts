import { stringify } from 'yaml';
import type { Summary } from '../../examples/books/traffic/ledger.ts';
import type { DecisionRecord, Release } from '../../operator/api/model.ts';
import { table } from '../cli/terminal/table.ts';
import type { Strategy } from './args.ts';
import type { DemoResult, ScenarioSpec } from './scenarios/scenario.ts';

/** What readers did with each of the versions; one that nobody saw has no row. */
export function readersTable({ versions: seen }: Summary, versions: readonly string[]): string {
  const rows = versions.flatMap((version) => {
    const of = seen[version];
    return of ? [[version, integer(of.users), integer(of.requests), integer(of.clicks), percent(of.ctr)]] : [];
  });
  return table([['version', 'readers', 'answers', 'clicks', 'clicks per answer'], ...rows], 'Numbers');
}

/** Clicks per answer, e.g. `28.1%`. */
export const clickRate = ({ versions }: Summary, version: string): string => percent(versions[version]?.ctr ?? 0);

/** How often the champion answered in the place of a candidate that failed. */
export const shieldedIn = ({ versions }: Summary): number =>
  Object.values(versions).reduce((sum, { shielded }) => sum + shielded, 0);

/** How often a reader went from version `from` to version `to`. */
export const wentBack = ({ switches }: Summary, from: string, to: string): number => switches[`${from}->${to}`] ?? 0;

/** The part of the manifest that a new version touches. */
export const releaseLines = ({ version, uri, digest }: Release): string =>
  ['  release:', `    version: ${version}`, `    uri: ${uri}`, `    digest: ${digest}`].join('\n');

/** The part of the manifest that a scenario adds. */
export const specLines = (spec: ScenarioSpec): string => stringify(spec).trimEnd().replace(/^/gm, '  ');

/** What was measured of a version beside its limit; a metric without a limit is informational. */
export function comparisonTable(found: NonNullable<DecisionRecord['evidence']>): string {
  const rows = found.map(({ metric, estimate, threshold, verdict }) => [metric, short(estimate), threshold ?? '', verdict]);
  return table([['metric', 'found', 'limit', 'verdict'], ...rows], 'Numbers');
}

/** Shares and seconds with three digits behind the point, counts as whole numbers. */
function short(estimate = ''): string {
  const value = Number(estimate);
  if (estimate === '' || Number.isNaN(value)) return estimate;
  return value < 10 ? String(Number(value.toFixed(3))) : integer(Math.floor(value));
}

/** Rows of the trainer's table of offline metrics, only for the named versions. */
export function rowsFor(names: readonly string[], printed: string): string {
  const isNamed = (line: string): boolean => names.includes(line.split(/\s+/, 1)[0] ?? '');
  return printed.split('\n').filter(isNamed).join('\n');
}

/** An argument as a shell needs it. */
export const quoted = (argument: string): string => (/^[\w./:=,@-]+$/.test(argument) ? argument : `'${argument}'`);

/** A command over several lines, each but the first beginning with one of the given options. */
export function commandLines(words: readonly string[], options: readonly string[]): string {
  const lines: string[][] = [[]];
  for (const word of words) {
    if (options.includes(word)) lines.push([]);
    lines.at(-1)!.push(quoted(word));
  }
  return lines.map((line) => line.join(' ')).join(' \\\n    ');
}

/** A message as a sentence: a capital, a full stop, one line. */
export function sentence(message: string): string {
  const text = message.trim().replace(/\s*\n\s*/g, ' ');
  const closed = /[.!?]$/.test(text) ? text : `${text}.`;
  return closed.charAt(0).toUpperCase() + closed.slice(1);
}

export type ResultLine =
  | ({ demo: 'ok'; strategy: Strategy; seconds: number } & DemoResult)
  | { demo: 'failed'; seconds: number; reason: string };

/** The last line, for machines. */
export const resultLine = (words: ResultLine): string => JSON.stringify(words);

export const integer = (value: number): string => value.toLocaleString('en-US');
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
