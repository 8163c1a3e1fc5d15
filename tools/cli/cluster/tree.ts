import { shortDigest } from '../../../operator/api/names.ts';
import { type Paint, paintWord } from '../terminal/paint.ts';
import { table } from '../terminal/table.ts';
import { age, until } from '../terminal/times.ts';
import type { Model, SeenVerdict, Version } from './seen.ts';

interface Node {
  text: string;
  children?: Node[];
}

/** What is shown along with a model. */
export interface Related {
  /** The other models of its group. */
  peers?: readonly Model[];
  /** All its registered versions, in display order. */
  versions?: readonly Version[];
}

/**
 * A model as a tree of lines: what is serving, the candidate and its progress, the measurements. The versions come last:
 * there may be many, and a small terminal hides what is at the end.
 * @param now milliseconds since the epoch
 */
export function treeOf(model: Model, now: number, paint: Paint, { peers = [], versions = [] }: Related = {}): string {
  const { metadata, status } = model;
  const phase = status?.phase ?? 'Unknown';
  const head = `${paint('bold', `${metadata.namespace ?? ''}/${metadata.name}`)}  ${paintWord(paint, phase)}`;
  const children = [
    ...servedNodes(model, now, paint), ...groupNodes(model, peers, paint), ...actNodes(model, now, paint),
    ...verdictNodes(model, now, paint), ...conditionNodes(model, now, paint), ...versionNodes(versions, now, paint),
  ];
  return [head, `│ ${messageOf(model)}`, ...lines(children)].join('\n');
}

/** What the operator says; that it said nothing yet, or has not seen the latest change. */
export function messageOf({ metadata, status }: Model): string {
  if (status?.message === undefined) return 'The operator has not reconciled this model yet.';
  const isOld = (metadata.generation ?? 0) > (status.observedGeneration ?? 0);
  return isOld ? `${status.message} (The operator has not reconciled the latest change yet.)` : status.message;
}

function servedNodes(model: Model, now: number, paint: Paint): Node[] {
  const { spec: { release }, status } = model;
  const { champion, candidate } = status ?? {};
  const isPending = release.digest !== champion?.digest && release.digest !== candidate?.digest;
  const servedText = ({ version, digest, since }: { version: string; digest: string; since?: string }) =>
    `${paint('bold', version)}  ${shortDigest(digest)}${since === undefined ? '' : `  for ${age(since, now)}`}`;
  return [
    { text: champion ? `champion   ${servedText(champion)}` : 'champion   none yet' },
    ...(candidate ? [{ text: `candidate  ${servedText(candidate)}`, children: stepNodes(candidate, now) }] : []),
    ...(isPending ? [{ text: `desired    ${servedText(release)}` }] : []),
  ];
}

type Candidate = NonNullable<NonNullable<Model['status']>['candidate']>;

/** The progress of the candidate: its step, the desired and the actual share of users, and what it waits for. */
function stepNodes(candidate: Candidate, now: number): Node[] {
  const { step, steps, weight, desiredWeight, appliedWeight = weight, users, holdsUntil, verdictExpectedAt } = candidate;
  if (weight === undefined) return [];
  const where = step === undefined ? [] : [stepText(step, steps)];
  const desired = desiredWeight === undefined ? [] : [`desired ${desiredWeight}%`];
  const holding = holdsUntil && `holding: the gate is checked ${until(holdsUntil, now, 'in')}`;
  const measuring = verdictExpectedAt && `measuring: a verdict is expected ${until(verdictExpectedAt, now, 'in about')}`;
  const seen = users === undefined ? undefined : `${users.toLocaleString('en-US')} users seen in five minutes`;
  const share = [...where, ...desired, `actual ${appliedWeight}% of users`].join(', ');
  return [share, seen, holding, measuring].flatMap((text) => (text === undefined ? [] : [{ text }]));
}

const stepText = (step: number, steps: number | undefined) => `step ${step}${steps === undefined ? '' : ` of ${steps}`}`;

/** The other models of its group, and how far each is. */
function groupNodes({ spec: { group } }: Model, peers: readonly Model[], paint: Paint): Node[] {
  if (group === undefined) return [];
  const children = peers.map(({ metadata, status }) => {
    const { champion, candidate } = status ?? {};
    const where = candidate?.step === undefined ? '' : ` at ${stepText(candidate.step, candidate.steps)}`;
    const version = candidate?.version ?? champion?.version ?? 'none yet';
    return { text: `${metadata.name}  ${version}${where}  ${paintWord(paint, status?.phase ?? 'Unknown')}` };
  });
  return [{ text: `group      ${paint('bold', group)}`, children }];
}

function actNodes({ status }: Model, now: number, paint: Paint): Node[] {
  const { lastAct } = status ?? {};
  if (!lastAct) return [];
  const { act, outcome, by, at, message } = lastAct;
  return [{ text: `action     ${act}  ${paintWord(paint, outcome)}  by ${by}  ${age(at, now)} ago`, children: [{ text: message }] }];
}

function verdictNodes({ status }: Model, now: number, paint: Paint): Node[] {
  const verdicts = status?.verdicts ?? [];
  if (verdicts.length === 0) return [];
  return [{ text: 'verdicts', children: verdictLines(verdicts, now, paint).map((text) => ({ text })) }];
}

/** One line for each metric: verdict, measured value, limit, samples and window, and why it waits. */
export function verdictLines(verdicts: readonly SeenVerdict[], now: number, paint: Paint): string[] {
  const rows = verdicts.map((each) => [
    each.metric,
    each.verdict,
    `${each.estimate ?? '-'}${interval(each)}`,
    `limit ${each.threshold ?? '-'}`,
    sampleText(each),
    each.at === undefined ? '' : `${age(each.at, now)} ago`,
    each.reason ?? '',
  ]);
  return linesWithWord(withoutEmptyColumns(rows), paint);
}

/** Lines whose second column is a colored word, which is painted after padding: colors have no width. */
function linesWithWord(rows: readonly (readonly string[])[], paint: Paint): string[] {
  return table(rows).split('\n').map((line, index) => {
    const [name = '', word = ''] = rows[index] ?? [];
    const at = line.indexOf(word, name.length);
    return `${line.slice(0, at)}${paintWord(paint, word)}${line.slice(at + word.length)}`;
  });
}

function sampleText({ samples, window }: SeenVerdict): string {
  return [...(samples === undefined ? [] : [`${samples} samples`]), ...(window === undefined ? [] : [`in ${window}`])].join(' ');
}

/** Values that an older operator does not report leave no gap. */
function withoutEmptyColumns(rows: readonly (readonly string[])[]): string[][] {
  return rows.map((row) => row.filter((_, column) => rows.some((each) => each[column] !== '')));
}

const interval = ({ lower, upper }: SeenVerdict) =>
  (lower === undefined && upper === undefined ? '' : ` [${lower ?? '-∞'}, ${upper ?? '∞'}]`);

function conditionNodes({ status }: Model, now: number, paint: Paint): Node[] {
  const conditions = status?.conditions ?? [];
  if (conditions.length === 0) return [];
  const rows = conditions.map(({ type, status, reason, lastTransitionTime, message }) =>
    [type, status, reason, age(lastTransitionTime, now), message === status ? '' : message]);
  return [{ text: paint('dim', 'conditions'), children: table(rows).split('\n').map((text) => ({ text })) }];
}

function versionNodes(versions: readonly Version[], now: number, paint: Paint): Node[] {
  if (versions.length === 0) return [];
  const rows = versions.map(({ metadata, spec, status }) => [spec.version, status?.stage ?? '-', age(metadata.creationTimestamp, now)]);
  return [{ text: 'versions', children: linesWithWord(rows, paint).map((text) => ({ text })) }];
}

function lines(nodes: readonly Node[], indent = ''): string[] {
  return nodes.flatMap(({ text, children = [] }, index) => {
    const isLast = index === nodes.length - 1;
    return [`${indent}${isLast ? '└─' : '├─'} ${text}`, ...lines(children, `${indent}${isLast ? '   ' : '│  '}`)];
  });
}
