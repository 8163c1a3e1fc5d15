import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { inspectGraph } from '../../../serving/bundle/graph/inspect.ts';
import { type BundleManifest, namedFiles, type UnsealedManifest } from '../../../serving/bundle/manifest.ts';
import { MANIFEST_NAME } from '../../../serving/bundle/paths.ts';
import { sealBundle } from '../../../serving/bundle/seal.ts';
import { CliFailure } from '../terminal/failure.ts';
import { mebibytes } from '../terminal/table.ts';
import { answered, readWords } from './answers.ts';
import { completed, type Draft, graphOf, readDraft } from './draft.ts';
import { isFolder } from './folder.ts';
import { readRequests, sampledRequests } from './requests.ts';
import { verified } from './verify.ts';

export interface PackOptions {
  /** Draft of the manifest; absent = bundle.yaml or recommender.yaml in the folder. */
  manifest?: string;
  model?: string;
  version?: string;
  task?: string;
  /** Offline measures, e.g. {"ndcg@10": 0.41}. */
  metric?: Record<string, number>;
  goldenRequests?: string;
  /** Where the bundle is written; absent = the folder itself. */
  out?: string;
}

export interface Packed {
  dir: string;
  version: string;
  digest: string;
  files: number;
  bytes: number;
}

type Tell = (line: string) => void;

/**
 * Makes a bundle of a folder: fills in the manifest, answers the golden requests, measures every file, and checks the
 * result as the cluster will.
 * @throws CliFailure, BundleFailure, UnusableGraph
 */
export async function pack(dir: string, options: PackOptions, tell: Tell): Promise<Packed> {
  if (!isFolder(dir)) throw new CliFailure(`There is no folder ${dir}.`);
  const { manifest: file, model, version, task, metric, out = dir } = options;
  if (existsSync(out) && !isFolder(out)) throw new CliFailure(`${out} is a file: name another folder with --out.`);
  const given = Object.entries({ model, version, task }).filter(([, value]) => value !== undefined);
  const read = await readDraft(dir, file);
  const draft: Draft = { ...read, ...Object.fromEntries(given), ...(metric && { metrics: { ...(read['metrics'] as object), ...metric } }) };
  const graph = graphOf(draft);
  if (!existsSync(join(dir, graph))) throw new CliFailure(`There is no ${join(dir, graph)}: write \`graph: FILE\` into the draft of ${MANIFEST_NAME}.`);
  const facts = await inspectGraph(join(dir, graph), graph);
  tell(`${graph}: ${facts.nodes} nodes, ${facts.parameters.toLocaleString('en')} parameters, ${mebibytes(facts.bytes)}`);
  const manifest = completed(draft, dir, facts);
  if (resolve(out) !== resolve(dir)) await copyNamed(dir, out, manifest);
  await settleGolden(out, manifest, options.goldenRequests, tell);
  const digest = await sealNamed(out, manifest, tell);
  tell('checking the bundle as the cluster will');
  const { report } = await verified(out, {});
  if (report.result !== 'Passed') {
    const hint = report.reason === 'GoldenMismatch' ? ` Without ${manifest.golden}, the graph's own answers would be taken.` : '';
    throw new CliFailure(`The bundle is written and does not pass (${report.reason}): ${report.message}${hint}`, report.result === 'Invalid' ? 3 : 1);
  }
  tell(report.message);
  const sizes = await Promise.all(namedFiles(bundleOf(manifest)).map(async (name) => (await stat(join(out, name))).size));
  return { dir: out, version: manifest.version, digest, files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

async function copyNamed(dir: string, out: string, manifest: UnsealedManifest): Promise<void> {
  for (const name of namedFiles(bundleOf(manifest))) {
    if (!existsSync(join(dir, name))) continue;
    await mkdir(dirname(join(out, name)), { recursive: true });
    await copyFile(join(dir, name), join(out, name));
  }
}

/** Keeps golden requests that came with their answers, which prove more; answers others with the graph. */
async function settleGolden(dir: string, manifest: UnsealedManifest, requestsFile: string | undefined, tell: Tell): Promise<void> {
  const file = join(dir, manifest.golden);
  if (requestsFile === undefined && existsSync(file)) return tell(`${manifest.golden}: kept, its answers will be compared with the graph's`);
  const bundle = bundleOf(manifest);
  refuseMissing(dir, bundle);
  const requests = requestsFile === undefined ? await sampled(dir, bundle) : await readRequests(requestsFile);
  tell(`answering ${requests.length} ${requestsFile === undefined ? 'made-up ' : ''}golden requests with the graph`);
  const { lines, fallbacks } = await answered(dir, bundle, requests);
  await writeFile(file, lines);
  if (fallbacks > 0) tell(`${fallbacks} of them are answered by the fallback and do not try the graph`);
  tell('These answers prove that pods answer as this machine does, not that the export is right: for that, write them with the code that trained the model.');
}

async function sampled(dir: string, manifest: BundleManifest) {
  const names = manifest.inputs.map(({ vocabulary }) => vocabulary).filter((name) => name !== undefined);
  const words = new Map(await Promise.all(names.map(async (name) => [name, await readWords(dir, name)] as const)));
  const items = manifest.task === 'text-to-classes' ? [] : await readItems(join(dir, manifest.items));
  return sampledRequests(manifest, { vocabulary: (name) => words.get(name) ?? [], items });
}

async function readItems(file: string): Promise<Record<string, unknown>[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as Record<string, unknown>;
    } catch {
      throw new CliFailure(`${file} line ${index + 1} is not JSON.`, 3);
    }
  });
}

function refuseMissing(dir: string, manifest: BundleManifest): void {
  const missing = namedFiles(manifest).filter((name) => name !== manifest.golden && !existsSync(join(dir, name)));
  if (missing.length > 0) throw new CliFailure(`${dir} lacks ${missing.join(', ')}, which the manifest names.`);
}

async function sealNamed(dir: string, manifest: UnsealedManifest, tell: Tell): Promise<string> {
  const bundle = bundleOf(manifest);
  refuseMissing(dir, bundle);
  const named = new Set(namedFiles(bundle));
  const present = (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)));
  const others = present.filter((name) => !named.has(name) && name !== MANIFEST_NAME);
  if (others.length > 0) tell(`left out, as the manifest does not name them: ${others.join(', ')}`);
  return sealBundle(dir, manifest, [...named]);
}

/** The schema's own defaults are filled in; files come with the seal. */
function bundleOf(manifest: UnsealedManifest): BundleManifest {
  return { ...manifest, files: [] } as unknown as BundleManifest;
}
