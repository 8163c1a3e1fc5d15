import { CliFailure } from '../terminal/failure.ts';
import { show, type OutputOptions } from '../terminal/output.ts';
import { type Paint, paintFor, paintWord } from '../terminal/paint.ts';
import { table } from '../terminal/table.ts';
import { age, moment } from '../terminal/times.ts';
import { type Api, type Where, withApi } from './api.ts';
import type { Model, SeenDecision, Version } from './seen.ts';
import { messageOf, verdictLines } from './tree.ts';

export type ShowOptions = Where & OutputOptions;

type VersionDecision = SeenDecision & { version: string };

/** `why NAME[@VERSION]`: the decisions and their measurements, newest first, in the operator's own sentences. */
export async function why(target: string, options: ShowOptions): Promise<void> {
  const { name, version } = targetOf(target);
  await withApi(options, async (api) => {
    const versions = await recordsOf(api, name);
    const decisions = decisionsOf(version === undefined ? versions : [versionNamed(versions, name, version)]);
    const paint = paintFor(process.stdout, process.env);
    const now = async () => (version === undefined ? [describeNow(await api.find(name), paint)] : []);
    await show(options.output, decisions, async () => [...(await now()), describeDecisions(decisions, Date.now(), paint)].join('\n\n'));
  });
}

/**
 * The versions of a model, which outlive it.
 * @throws CliFailure if there is neither a version nor the model
 */
export async function recordsOf(api: Pick<Api, 'versions' | 'model'>, name: string): Promise<Version[]> {
  const versions = await api.versions(name);
  if (versions.length === 0) await api.model(name);
  return versions;
}

/** @throws CliFailure if there is no name */
export function targetOf(target: string): { name: string; version?: string } {
  const [, name, version] = /^([^@]+)(?:@(.+))?$/.exec(target) ?? [];
  if (name === undefined) throw new CliFailure(`"${target}" is not a model or version: use NAME or NAME@VERSION.`, 2);
  return version === undefined ? { name } : { name, version };
}

/** @throws CliFailure naming the registered versions */
export function versionNamed(versions: readonly Version[], model: string, version: string): Version {
  const found = versions.find(({ spec }) => spec.version === version);
  if (found) return found;
  const known = versions.map(({ spec }) => spec.version).join(', ');
  const others = known === '' ? ': none is registered yet' : `; registered versions: ${known}`;
  throw new CliFailure(`${model} has no version ${version}${others}.`);
}

export function decisionsOf(versions: readonly Version[]): VersionDecision[] {
  return versions
    .flatMap(({ spec, status }) => (status?.decisions ?? []).map((each) => ({ version: spec.version, ...each })))
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** The phase of the model, and what the operator says. */
export function describeNow(model: Model | undefined, paint: Paint): string {
  if (!model) return `Now  ${paint('yellow', 'Deleted')}\n  The model no longer exists; the decisions about its versions are kept.`;
  return `Now  ${paintWord(paint, model.status?.phase ?? 'Unknown')}\n  ${messageOf(model)}`;
}

/** A paragraph for each decision. */
export function describeDecisions(decisions: readonly VersionDecision[], now: number, paint: Paint): string {
  return decisions.length === 0 ? NO_DECISIONS : decisions.map((each) => paragraph(each, now, paint)).join('\n\n');
}

const NO_DECISIONS = 'No decisions yet.';

function paragraph({ version, at, from, to, by, rule, reason, evidence = [] }: VersionDecision, now: number, paint: Paint): string {
  const change = `${paint('bold', version)}  ${from} → ${paintWord(paint, to)}`;
  const head = `${moment(at)} (${age(at, now)} ago)  ${change}  ${rule === undefined ? '' : `${rule}  `}by ${by}`;
  const numbers = evidence.length === 0 ? [] : verdictLines(evidence, now, paint).map((line) => `    ${line}`);
  return [head, `  ${reason}`, ...numbers].join('\n');
}

/** `history NAME`: the same, one line each. */
export async function history(name: string, options: ShowOptions): Promise<void> {
  await withApi(options, async (api) => {
    const decisions = decisionsOf(await recordsOf(api, name));
    await show(options.output, decisions, () => historyTable(decisions));
  });
}

export function historyTable(decisions: readonly VersionDecision[]): string {
  if (decisions.length === 0) return NO_DECISIONS;
  const rows = decisions.map(({ at, version, from, to, by, rule = '-', reason }) =>
    [moment(at), version, `${from} → ${to}`, rule, by, reason]);
  return table([['AT', 'VERSION', 'STAGE', 'RULE', 'BY', 'REASON'], ...rows]);
}
