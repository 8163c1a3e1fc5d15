import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { graphFailure, readGraphFacts } from '../../../serving/bundle/graph/inspect.ts';
import { goldenSchema } from '../../../serving/bundle/golden.ts';
import { vocabularyFiles } from '../../../serving/bundle/inputs.ts';
import { type BundleManifest, namedFiles, type UnsealedManifest } from '../../../serving/bundle/manifest.ts';
import { MANIFEST_NAME } from '../../../serving/bundle/paths.ts';
import { readItemRows, readVocabulary } from '../../../serving/bundle/read.ts';
import { sealBundle } from '../../../serving/bundle/seal.ts';
import { readRows } from '../../../serving/bundle/text-files.ts';
import { EXIT } from '../../../serving/contract/env.ts';
import { CliFailure } from '../terminal/failure.ts';
import { mebibytes } from '../terminal/table.ts';
import { answerRequests } from './answers.ts';
import { completeManifest, type Draft, graphOf, readDraft } from './draft.ts';
import { isFolder, requireFolder } from './folder.ts';
import { memoryNeeded, memorySentence, sizesOf } from './memory.ts';
import { inlineWeights } from './inline.ts';
import { notFiniteTables } from './not-finite.ts';
import { readRequests, sampleRequests } from './requests.ts';
import { verify } from './verify.ts';

export interface PackOptions {
  /** Draft of the manifest; absent = bundle.yaml or recommender.yaml in the folder. */
  manifest?: string;
  model?: string;
  version?: string;
  task?: string;
  /** Offline metrics, e.g. {"ndcg@10": 0.41}. */
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

type Progress = (line: string) => void;

/**
 * Turns a folder into a bundle: completes the manifest, records golden answers, hashes every file, and validates the
 * result as the cluster will.
 * @throws CliFailure, BundleFailure, UnusableGraph
 */
export async function pack(dir: string, options: PackOptions, progress: Progress): Promise<Packed> {
  requireFolder(dir);
  const { manifest: file, model, version, task, metric, out = dir } = options;
  if (existsSync(out) && !isFolder(out)) throw new CliFailure(`${out} is a file: set --out to a folder.`);
  const given = Object.entries({ model, version, task }).filter(([, value]) => value !== undefined);
  const read = await readDraft(dir, file);
  const metrics = metric && { metrics: { ...(read['metrics'] as object), ...metric } };
  const draft: Draft = { ...read, ...Object.fromEntries(given), ...metrics };
  const graph = graphOf(draft);
  if (!existsSync(join(dir, graph))) {
    throw new CliFailure(`${join(dir, graph)} does not exist: set \`graph: FILE\` in the draft of ${MANIFEST_NAME}.`);
  }
  const facts = await readGraphFacts(join(dir, graph), graph);
  const failure = graphFailure(facts, graph);
  if (failure !== undefined) throw failure;
  progress(`${graph}: ${facts.nodes} nodes, ${facts.parameters.toLocaleString('en')} parameters, ${mebibytes(facts.bytes)}`);
  const manifest = completeManifest(draft, dir, facts);
  if (resolve(out) !== resolve(dir)) await copyNamed(dir, out, manifest);
  if (facts.external.tensors > 0) {
    await inlineWeights(join(dir, graph), join(out, graph));
    const { tensors, files } = facts.external;
    progress(`${graph}: moved ${tensors} ${tensors === 1 ? 'tensor' : 'tensors'} from ${files.join(', ')} into it, as a bundle requires`);
  }
  for (const { name, rows, of, first } of notFiniteTables(join(out, graph))) {
    progress(`warning: "${name}" has NaN or infinite numbers in ${rows} of ${of} rows (the first is row ${first}): unless it is a mask, `
      + 'what looks these rows up cannot be scored');
  }
  await writeGolden(out, manifest, options.goldenRequests, progress);
  const digest = await sealNamed(out, manifest, progress);
  progress('validating the bundle as the cluster will');
  const { report } = await verify(out, {});
  if (report.result !== 'Passed') {
    const isTheirs = report.reason === 'GoldenMismatch' && !(await hasOwnAnswers(out, bundleOf(manifest)));
    const hint = isTheirs ? ` Delete ${manifest.golden} to record the graph's own answers instead.` : '';
    const sentence = `The bundle was written but does not pass validation (${report.reason}): ${report.message}${hint}`;
    throw new CliFailure(sentence, report.result === 'Invalid' ? EXIT.invalid : EXIT.unavailable);
  }
  progress(report.message);
  const { size: graphBytes } = await stat(join(out, graph));
  progress(`memory: ${memorySentence(memoryNeeded(await sizesOf(out, manifest, { ...facts, bytes: graphBytes })))}`);
  const sizes = await Promise.all(namedFiles(bundleOf(manifest)).map(async (name) => (await stat(join(out, name))).size));
  return { dir: out, version: manifest.version, digest, files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Whether the golden answers were recorded from a graph, now or earlier. */
async function hasOwnAnswers(dir: string, { golden, task }: BundleManifest): Promise<boolean> {
  return (await readRows(dir, golden, goldenSchema(task))).every(({ isOwn }) => isOwn);
}

async function copyNamed(dir: string, out: string, manifest: UnsealedManifest): Promise<void> {
  for (const name of namedFiles(bundleOf(manifest))) {
    if (!existsSync(join(dir, name))) continue;
    await mkdir(dirname(join(out, name)), { recursive: true });
    await copyFile(join(dir, name), join(out, name));
  }
}

const OWN_ANSWERS = 'These answers prove that pods answer like this machine, not that the export is correct: '
  + 'for that, record them with the code that trained the model.';

const EQUAL_ANSWERS = 'warning: the graph gives the same answer to all of them: it ignores its inputs, or the export is another model; '
  + "compare it with the trained model's answers";

/** Keeps golden requests that came with answers, which prove more; answers others with the graph. */
async function writeGolden(
  dir: string,
  manifest: UnsealedManifest,
  requestsFile: string | undefined,
  progress: Progress,
): Promise<void> {
  const file = join(dir, manifest.golden);
  if (requestsFile === undefined && existsSync(file)) {
    return progress(`keeping ${manifest.golden}: its answers will be compared with those of the graph`);
  }
  const bundle = bundleOf(manifest);
  refuseMissing(dir, bundle);
  const requests = requestsFile === undefined ? await sampled(dir, bundle) : await readRequests(requestsFile);
  progress(`recording the graph's answers to ${requests.length} ${requestsFile === undefined ? 'generated ' : ''}golden requests`);
  const { lines, fallbacks, areAllEqual } = await answerRequests(dir, bundle, requests);
  await writeFile(file, lines);
  if (areAllEqual) progress(EQUAL_ANSWERS);
  if (fallbacks > 0) progress(`the fallback answers ${fallbacks} of them, which do not exercise the graph`);
  progress(OWN_ANSWERS);
}

async function sampled(dir: string, manifest: BundleManifest) {
  const names = vocabularyFiles(manifest.inputs);
  const words = new Map(await Promise.all(names.map(async (name) => [name, await readVocabulary(dir, name)] as const)));
  const items = 'classes' in manifest ? [] : await readItemRows(dir, manifest.items);
  return sampleRequests(manifest, { vocabulary: (name) => words.get(name) ?? [], items });
}

function refuseMissing(dir: string, manifest: BundleManifest): void {
  const missing = namedFiles(manifest).filter((name) => name !== manifest.golden && !existsSync(join(dir, name)));
  if (missing.length > 0) throw new CliFailure(`The manifest names files that are missing from ${dir}: ${missing.join(', ')}.`);
}

async function sealNamed(dir: string, manifest: UnsealedManifest, progress: Progress): Promise<string> {
  const bundle = bundleOf(manifest);
  refuseMissing(dir, bundle);
  const named = new Set(namedFiles(bundle));
  const present = (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)));
  const others = present.filter((name) => !named.has(name) && name !== MANIFEST_NAME);
  if (others.length > 0) progress(`ignoring files that the manifest does not name: ${others.join(', ')}`);
  return sealBundle(dir, manifest, [...named]);
}

/** The schema's own defaults are filled in; files come with the seal. */
function bundleOf(manifest: UnsealedManifest): BundleManifest {
  return { ...manifest, files: [] } as unknown as BundleManifest;
}
