import { CliFailure } from '../failure.ts';
import { show, type Shown } from '../output.ts';
import { table } from '../table.ts';
import { age, moment } from './ages.ts';
import { type Where, withApi } from './api.ts';
import { type Paint, paintFor, paintWord } from './paint.ts';
import type { Model, SeenDecision, Version } from './seen.ts';
import { messageOf, verdictLines } from './tree.ts';

export type ShowOptions = Where & Shown;

export type VersionDecision = SeenDecision & { version: string };

/** `why NAME[@VERSION]`: what was decided and on which numbers, newest first, in the operator's own sentences. */
export async function why(target: string, options: ShowOptions): Promise<void> {
  const { name, version } = targetOf(target);
  await withApi(options, async (api) => {
    const [model, versions] = [await api.model(name), await api.versions(name)];
    const meant = version === undefined ? versions : [versionNamed(versions, name, version)];
    const decisions = decisionsOf(meant);
    const paint = paintFor(process.stdout, process.env);
    await show(options.output, decisions, () => whyText(version === undefined ? model : undefined, decisions, Date.now(), paint));
  });
}

/** @throws CliFailure where there is no name */
export function targetOf(target: string): { name: string; version?: string } {
  const [, name, version] = /^([^@]+)(?:@(.+))?$/.exec(target) ?? [];
  if (name === undefined) throw new CliFailure(`"${target}" is not NAME or NAME@VERSION.`, 2);
  return version === undefined ? { name } : { name, version };
}

/** @throws CliFailure naming the versions there are */
export function versionNamed(versions: readonly Version[], model: string, version: string): Version {
  const found = versions.find(({ spec }) => spec.version === version);
  if (found) return found;
  const known = versions.map(({ spec }) => spec.version).join(', ');
  throw new CliFailure(`${model} has no version ${version}${known === '' ? ': none is registered yet' : `; registered are: ${known}`}.`);
}

export function decisionsOf(versions: readonly Version[]): VersionDecision[] {
  return versions
    .flatMap(({ spec, status }) => (status?.decisions ?? []).map((each) => ({ version: spec.version, ...each })))
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** The present state first, where a whole model is asked for; then a paragraph for each decision. */
export function whyText(model: Model | undefined, decisions: readonly VersionDecision[], now: number, paint: Paint): string {
  const present = model ? [`Now  ${paintWord(paint, model.status?.phase ?? 'Unknown')}\n  ${messageOf(model)}`] : [];
  const past = decisions.map((each) => paragraph(each, now, paint));
  return [...present, ...(past.length === 0 ? ['Nothing has been decided yet.'] : past)].join('\n\n');
}

function paragraph({ version, at, from, to, by, rule, reason, evidence = [] }: VersionDecision, now: number, paint: Paint): string {
  const head = `${moment(at)} (${age(at, now)} ago)  ${paint('bold', version)}  ${from} → ${paintWord(paint, to)}  ${rule === undefined ? '' : `${rule}  `}by ${by}`;
  const numbers = evidence.length === 0 ? [] : verdictLines(evidence, now, paint).map((line) => `    ${line}`);
  return [head, `  ${reason}`, ...numbers].join('\n');
}

/** `history NAME`: the record of a model, newest first, one line each. */
export async function history(name: string, options: ShowOptions): Promise<void> {
  await withApi(options, async (api) => {
    const entries = (await api.model(name)).status?.history ?? [];
    await show(options.output, entries, () => historyText(entries));
  });
}

export function historyText(entries: NonNullable<NonNullable<Model['status']>['history']>): string {
  if (entries.length === 0) return 'Nothing has been decided yet.';
  const rows = entries.map(({ at, version, from, to, by, rule = '-', reason }) => [moment(at), version, `${from} → ${to}`, rule, by, reason]);
  return table([['AT', 'VERSION', 'STAGE', 'RULE', 'BY', 'REASON'], ...rows]);
}
