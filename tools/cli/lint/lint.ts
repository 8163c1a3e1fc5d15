import { readFile } from 'node:fs/promises';
import { type Document, isMap, LineCounter, parseAllDocuments } from 'yaml';
import { type Crd, readCrds } from '../crds/crds.ts';
import { CliFailure } from '../terminal/failure.ts';
import { isForPrograms, formatted, type OutputOptions } from '../terminal/output.ts';
import { type DefaultedModel, semanticFindings } from './semantics.ts';
import { ruleFindings } from './rules.ts';
import { type Finding, structureFindings } from './structure.ts';

interface Located {
  /** From 1. */
  line: number;
  /** E.g. `spec.delivery.canary.steps[0].weight`; '' for the document. */
  path: string;
  message: string;
  isAdvice: boolean;
}

interface Linted {
  findings: Located[];
  /** Objects of our kinds that were checked, e.g. `RecommenderModel books`. */
  checked: string[];
  /** Objects of other kinds, which were not checked. */
  skipped: string[];
  /** CEL rules that only the API server can evaluate. */
  left: string[];
}

interface LintedFile extends Linted {
  file: string;
}

/** `lint FILE…`: prints what is wrong; exit code 1 if there are errors. */
export async function lint(files: readonly string[], { output }: OutputOptions): Promise<void> {
  const crds = readCrds();
  const all: LintedFile[] = [];
  try {
    for (const file of files) {
      const linted = { file, ...lintText(await contentOf(file), crds) };
      if (!isForPrograms(output)) printFindings(linted);
      all.push(linted);
    }
  } finally {
    // Findings before a file that cannot be read are not lost.
    if (isForPrograms(output)) console.log(formatted(all, output));
  }
  if (!isForPrograms(output)) printLeft(all);
  const empty = all.find(({ checked, findings }) => checked.length === 0 && findings.length === 0);
  if (empty) throw new CliFailure(`${empty.file} contains no RecommenderModel or ModelVersion.`);
  const errors = all.flatMap(({ findings }) => findings).filter(({ isAdvice }) => !isAdvice).length;
  if (!isForPrograms(output)) console.log(summary(errors, all));
  process.exitCode = errors === 0 ? 0 : 1;
}

function printFindings({ file, findings, skipped }: LintedFile): void {
  for (const { line, path, message, isAdvice } of findings) {
    console.log(`${file}:${line}: ${isAdvice ? 'advice: ' : ''}${path === '' ? '' : `${path}: `}${message}`);
  }
  for (const each of skipped) console.error(`${file}: skipped ${each}, which is not a kind of this operator.`);
}

function printLeft(all: readonly LintedFile[]): void {
  for (const rule of new Set(all.flatMap(({ left }) => left))) {
    console.error(`Left to the API server, which knows the existing object: ${rule}`);
  }
}

function summary(errors: number, all: readonly LintedFile[]): string {
  if (errors > 0) return count(errors, 'error');
  return `${count(all.flatMap(({ checked }) => checked).length, 'object')} checked, no errors`;
}

const count = (many: number, what: string) => `${many} ${what}${many === 1 ? '' : 's'}`;

async function contentOf(file: string): Promise<string> {
  if (file === '-') return Buffer.concat(await process.stdin.toArray()).toString();
  return readFile(file, 'utf8').catch((error: unknown) => {
    const code = (error as { code?: string }).code;
    throw new CliFailure(code === 'ENOENT' ? `${file} does not exist.` : `Cannot read ${file} (${code ?? 'unknown'}).`);
  });
}

/** Checks every YAML document of a text. */
export function lintText(text: string, crds: readonly Crd[]): Linted {
  const lines = new LineCounter();
  const result: Linted = { findings: [], checked: [], skipped: [], left: [] };
  for (const document of parseAllDocuments(text, { lineCounter: lines })) {
    const syntax = document.errors.map(({ pos, message }) => {
      const [firstLine = ''] = message.split('\n');
      return { line: lines.linePos(pos[0]).line, path: '', message: firstLine, isAdvice: false };
    });
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
  // The API server, too, evaluates rules only on objects of the right shape.
  if (structure.length > 0) return;
  const { findings, left } = ruleFindings(crd.schema, object);
  result.left.push(...left);
  const isSound = crd.kind === 'RecommenderModel' && findings.length === 0;
  const semantic = isSound ? semanticFindings(object as unknown as DefaultedModel) : [];
  result.findings.push(...[...findings, ...semantic].map(located));
}

/** Of the field, or of the nearest parent that is written down: a default has no line. */
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
