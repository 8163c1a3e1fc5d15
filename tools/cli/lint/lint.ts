import { readFile } from 'node:fs/promises';
import { type Document, isMap, LineCounter, parseAllDocuments } from 'yaml';
import { type Crd, readCrds } from '../crds/crds.ts';
import { CliFailure } from '../terminal/failure.ts';
import { isForPrograms, printed, type Shown } from '../terminal/output.ts';
import { meaningFindings, type Meant } from './meaning.ts';
import { ruleFindings } from './rules.ts';
import { type Finding, structureFindings } from './structure.ts';

export interface Located {
  /** From 1. */
  line: number;
  /** E.g. `spec.delivery.canary.steps[0].weight`; '' for the document. */
  path: string;
  message: string;
  isAdvice: boolean;
}

export interface Linted {
  findings: Located[];
  /** Objects of our kinds that were checked, e.g. `RecommenderModel books`. */
  checked: string[];
  /** Objects of other kinds, which were not. */
  skipped: string[];
  /** CEL rules that only the API server can judge. */
  left: string[];
}

interface LintedFile extends Linted {
  file: string;
}

/** `lint FILE…`: prints what is wrong; exit code 1 when something is. */
export async function lint(files: readonly string[], { output }: Shown): Promise<void> {
  const crds = readCrds();
  const all: LintedFile[] = [];
  try {
    for (const file of files) {
      const linted = { file, ...lintText(await contentOf(file), crds) };
      if (!isForPrograms(output)) tellFindings(linted);
      all.push(linted);
    }
  } finally {
    // What was found before a file that cannot be read is not lost.
    if (isForPrograms(output)) console.log(printed(all, output));
  }
  if (!isForPrograms(output)) tellLeft(all);
  const empty = all.find(({ checked, findings }) => checked.length === 0 && findings.length === 0);
  if (empty) throw new CliFailure(`${empty.file} holds no RecommenderModel or ModelVersion.`);
  const wrong = all.flatMap(({ findings }) => findings).filter(({ isAdvice }) => !isAdvice).length;
  if (!isForPrograms(output)) console.log(sumOf(wrong, all));
  process.exitCode = wrong === 0 ? 0 : 1;
}

function tellFindings({ file, findings, skipped }: LintedFile): void {
  for (const { line, path, message, isAdvice } of findings) {
    console.log(`${file}:${line}: ${isAdvice ? 'advice: ' : ''}${path === '' ? '' : `${path}: `}${message}`);
  }
  for (const each of skipped) console.error(`${file}: ${each} is not checked here.`);
}

function tellLeft(all: readonly LintedFile[]): void {
  for (const rule of new Set(all.flatMap(({ left }) => left))) console.error(`Left to the API server, which knows what was before: ${rule}`);
}

function sumOf(wrong: number, all: readonly LintedFile[]): string {
  if (wrong > 0) return `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong.`;
  return `${all.flatMap(({ checked }) => checked).length} checked, nothing wrong.`;
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return Buffer.concat(await process.stdin.toArray()).toString();
  return readFile(file, 'utf8').catch((error: unknown) => {
    const code = (error as { code?: string }).code;
    throw new CliFailure(code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${code ?? 'unknown'}).`);
  });
}

/** Checks every YAML document of a text. */
export function lintText(text: string, crds: readonly Crd[]): Linted {
  const lines = new LineCounter();
  const result: Linted = { findings: [], checked: [], skipped: [], left: [] };
  for (const document of parseAllDocuments(text, { lineCounter: lines })) {
    const syntax = document.errors.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line, path: '', message: message.split('\n')[0] ?? '', isAdvice: false }));
    result.findings.push(...syntax);
    if (syntax.length === 0 && document.contents !== null) lintDocument(document, lines, crds, result);
  }
  return result;
}

function lintDocument(document: Document, lines: LineCounter, crds: readonly Crd[], result: Linted): void {
  const object = document.toJS() as { apiVersion?: string; kind?: string; metadata?: { name?: string } };
  const crd = crds.find(({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind);
  const name = `${object.kind ?? 'an object without kind'} ${object.metadata?.name ?? ''}`.trim();
  if (!crd) return void result.skipped.push(`${name} (${object.apiVersion ?? 'no apiVersion'})`);
  result.checked.push(name);
  const located = (finding: Finding): Located => ({
    line: lineOf(document, finding.path, lines),
    path: shownPath(finding.path),
    message: finding.message,
    isAdvice: finding.isAdvice ?? false,
  });
  const structure = structureFindings(crd.schema, object);
  result.findings.push(...structure.map(located));
  // The API server, too, asks its rules only of what has the right shape.
  if (structure.length > 0) return;
  const { findings, left } = ruleFindings(crd.schema, object);
  result.left.push(...left);
  const meaning = crd.kind === 'RecommenderModel' && findings.length === 0 ? meaningFindings(object as unknown as Meant) : [];
  result.findings.push(...[...findings, ...meaning].map(located));
}

/** Of the field, or of the nearest one above that is written down: a default has no line. */
function lineOf(document: Document, path: Finding['path'], lines: LineCounter): number {
  for (let length = path.length; length > 0; length--) {
    const start = startOf(document, path.slice(0, length));
    if (start !== undefined) return lines.linePos(start).line;
  }
  return lines.linePos(document.contents?.range?.[0] ?? 0).line;
}

function startOf(document: Document, path: Finding['path']): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  const pair = isMap(parent) ? parent.items.find(({ key }) => (key as { value?: unknown }).value === last) : undefined;
  const node = (pair?.key ?? document.getIn(path, true)) as { range?: [number, number, number] } | undefined;
  return node?.range?.[0];
}

function shownPath(path: Finding['path']): string {
  return path.map((part, index) => (/^\d+$/.test(String(part)) ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`)).join('');
}
