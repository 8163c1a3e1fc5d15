import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { externalFailure, type GraphFacts, readGraphFacts } from '../../../serving/bundle/graph/inspect.ts';
import { versionFailure } from '../../../serving/bundle/graph/versions.ts';
import { MANIFEST_NAME } from '../../../serving/bundle/paths.ts';
import { digestOf } from '../../../serving/bundle/seal.ts';
import { decodeText } from '../../../serving/bundle/text.ts';
import { CliFailure } from '../terminal/failure.ts';
import { mebibytes, table } from '../terminal/table.ts';
import { type Draft, graphOf, readDraft } from './draft.ts';
import { isFolder } from './folder.ts';

interface Inspected {
  /** Of bundle.yaml; absent if there is none, or it lists no files yet. */
  digest?: string;
  manifest: Draft;
  graph: GraphFacts;
  /** Why the graph cannot be served as it is. */
  faults: string[];
  files: { path: string; size: number }[];
}

/**
 * Reads a bundle, a draft or an ONNX file without running the model.
 * @throws CliFailure, BundleFailure for a graph that cannot be read
 */
export async function inspect(target: string): Promise<Inspected> {
  if (!existsSync(target)) throw new CliFailure(`${target} does not exist.`);
  if (target.endsWith('.onnx')) {
    return { manifest: {}, files: [], ...(await inspectedGraph(target, basename(target))) };
  }
  if (!isFolder(target)) throw new CliFailure(`${target} is neither a folder nor an .onnx file.`);
  const manifest = await readDraft(target);
  const name = graphOf(manifest);
  if (!existsSync(join(target, name))) {
    throw new CliFailure(`${join(target, name)} does not exist: set \`graph: FILE\` in ${MANIFEST_NAME} if the graph has another name.`);
  }
  const graph = await inspectedGraph(join(target, name), name);
  const { files, digest } = await sealOf(join(target, MANIFEST_NAME));
  return { ...(digest !== undefined && { digest }), manifest, ...graph, files };
}

async function inspectedGraph(file: string, name: string): Promise<Pick<Inspected, 'graph' | 'faults'>> {
  const graph = await readGraphFacts(file, name);
  const failures = [externalFailure(graph, name), versionFailure(graph, name)];
  return { graph, faults: failures.flatMap((failure) => failure?.message ?? []) };
}

async function sealOf(file: string): Promise<{ files: Inspected['files']; digest: string | undefined }> {
  if (!existsSync(file)) return { files: [], digest: undefined };
  const { parse } = await import('yaml');
  const bytes = await readFile(file);
  const files = (parse(decodeText(bytes, MANIFEST_NAME), { maxAliasCount: 0 }) as { files?: Inspected['files'] }).files ?? [];
  return { files, digest: files.length === 0 ? undefined : digestOf(bytes) };
}

/** For people. */
export function describeBundle({ digest, manifest, graph, faults, files }: Inspected): string {
  const head: [string, string][] = [
    ...['model', 'version', 'task'].flatMap((name) => fieldOf(name, manifest)),
    ['digest', digest ?? 'none (not packed yet)'],
    ['graph', `${graph.nodes} nodes, ${graph.parameters.toLocaleString('en')} parameters, ${mebibytes(graph.bytes)}`],
    ['opsets', `${opsetsOf(graph)} (IR version ${graph.irVersion})`],
    ...(graph.producer === '' ? [] : [['producer', graph.producer] as [string, string]]),
    ...mapOf('metrics', manifest),
    ...mapOf('lineage', manifest),
    ...faults.map((fault): [string, string] => ['fault', fault]),
  ];
  const values = (kind: string, list: GraphFacts['inputs']) =>
    list.map(({ name, type, shape }) => [kind, name, type, `[${shape?.join(' × ') ?? '?'}]`]);
  const sizes = files.map(({ path, size }) => ['file', path, mebibytes(size)]);
  const tables = [table(head), table([...values('input', graph.inputs), ...values('output', graph.outputs)]), table(sizes)];
  return tables.filter((text) => text !== '').join('\n\n');
}

function opsetsOf({ opsets }: GraphFacts): string {
  return Object.entries(opsets).map(([domain, version]) => `${domain} ${version}`).join(', ');
}

function fieldOf(name: string, manifest: Draft): [string, string][] {
  return manifest[name] === undefined ? [] : [[name, textOf(manifest[name])]];
}

function mapOf(name: string, manifest: Draft): [string, string][] {
  const fields = Object.entries((manifest[name] ?? {}) as Record<string, unknown>);
  return fields.length === 0 ? [] : [[name, fields.map(([key, value]) => `${key} ${textOf(value)}`).join(', ')]];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
