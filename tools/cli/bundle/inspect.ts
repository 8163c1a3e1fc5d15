import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { externalFailure, type GraphFacts, readGraphFacts, typeFailure } from '../../../serving/bundle/graph/inspect.ts';
import { versionFailure } from '../../../serving/bundle/graph/versions.ts';
import { MANIFEST_NAME } from '../../../serving/bundle/paths.ts';
import { digestOf } from '../../../serving/bundle/seal.ts';
import { decodeText } from '../../../serving/bundle/text.ts';
import { CliFailure } from '../terminal/failure.ts';
import { mebibytes, table } from '../terminal/table.ts';
import { type Draft, graphOf, readDraft } from './draft.ts';
import { isFolder } from './folder.ts';
import { memoryNeeded, type MemoryNeeded, memorySentence, sizesOf } from './memory.ts';

interface Inspected {
  /** Of bundle.yaml; absent if there is none, or it lists no files yet. */
  digest?: string;
  manifest: Draft;
  graph: GraphFacts;
  /** Why the graph cannot be served as it is. */
  faults: string[];
  memory: MemoryNeeded;
  files: { path: string; size: number }[];
}

/**
 * Reads a bundle, a draft or an ONNX file without running the model.
 * @throws CliFailure, BundleFailure for a graph that cannot be read
 */
export async function inspect(target: string): Promise<Inspected> {
  if (!existsSync(target)) throw new CliFailure(`${target} does not exist.`);
  if (target.endsWith('.onnx')) {
    const inspected = await inspectedGraph(target, basename(target));
    const alone = { graphBytes: inspected.graph.bytes, items: 0, itemBytes: 0, words: 0, scores: 0 };
    return { manifest: {}, files: [], ...inspected, memory: memoryNeeded(alone) };
  }
  if (!isFolder(target)) throw new CliFailure(`${target} is neither a folder nor an .onnx file.`);
  const manifest = await readDraft(target);
  const name = graphOf(manifest);
  if (!existsSync(join(target, name))) {
    throw new CliFailure(`${join(target, name)} does not exist: set \`graph: FILE\` in ${MANIFEST_NAME} if the graph has another name.`);
  }
  const inspected = await inspectedGraph(join(target, name), name);
  const memory = memoryNeeded(await sizesOf(target, manifest, inspected.graph));
  const { files, digest } = await sealOf(join(target, MANIFEST_NAME));
  return { ...(digest !== undefined && { digest }), manifest, ...inspected, memory, files };
}

async function inspectedGraph(file: string, name: string): Promise<Pick<Inspected, 'graph' | 'faults'>> {
  const graph = await readGraphFacts(file, name);
  const failures = [externalFailure, versionFailure, typeFailure].map((failureOf) => failureOf(graph, name));
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
export function describeBundle({ digest, manifest, graph, faults, memory, files }: Inspected): string {
  const head: [string, string][] = [
    ...['model', 'version', 'task'].flatMap((name) => fieldOf(name, manifest)),
    ['digest', digest ?? 'none (not packed yet)'],
    ['graph', `${graph.nodes} nodes, ${graph.parameters.toLocaleString('en')} parameters, ${mebibytes(graph.bytes)}`],
    ['opsets', `${opsetsOf(graph)} (IR version ${graph.irVersion})`],
    ['batches', batchesOf(graph)],
    ['memory', memorySentence(memory)],
    ...(graph.producer === '' ? [] : [['producer', firstLine(graph.producer)] as [string, string]]),
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

/** That rows do not depend on each other is seen only when the graph runs. */
function batchesOf({ inputs }: GraphFacts): string {
  const fixed = inputs.find(({ shape }) => typeof shape?.[0] === 'number');
  if (fixed) return `one request at a time: the first dimension of the input "${fixed.name}" is fixed`;
  return 'requests that wait are scored together; pack and verify check that this changes no answer';
}

/** CatBoost puts the whole story of its build there. */
const firstLine = (text: string) => text.split('\n')[0] ?? '';

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
