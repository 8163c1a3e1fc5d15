import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { Bundle } from '../../../serving/bundle/bundle.ts';
import { defaultTolerance } from '../../../serving/bundle/golden.ts';
import { type BundleManifest, namedFiles } from '../../../serving/bundle/manifest.ts';
import { MANIFEST_NAME } from '../../../serving/bundle/paths.ts';
import { readBundle } from '../../../serving/bundle/read.ts';
import type { RecommendRequest } from '../../../serving/bundle/request.ts';
import { EXIT } from '../../../serving/contract/env.ts';
import { InferenceTimedOut, isOutOfMemory, WorkerEnded } from '../../../serving/scoring/failures.ts';
import { loadModel } from '../../../serving/scoring/model.ts';
import { checkPromises } from '../../../serving/validate/promises.ts';
import { CliFailure } from '../terminal/failure.ts';

const NOTHING = { onInferenceError: () => undefined, onGenerated: () => undefined, onBatch: () => undefined };
const NOBODY = { recommendationId: '', model: '', version: '' };

interface GoldenAnswers {
  /** The content of golden.jsonl. */
  lines: string;
  /** How many answers came from the fallback, which does not run the graph. */
  fallbacks: number;
  /** The graph gave one answer to different requests. */
  areAllEqual: boolean;
}

/**
 * Answers `requests` with the model itself, loaded in a worker thread as in a pod.
 * @param dir contains every file the manifest names, except the golden requests
 * @throws BundleFailure, UnusableGraph, CliFailure when a request cannot be answered
 */
export async function answerRequests(
  dir: string,
  manifest: BundleManifest,
  requests: readonly RecommendRequest[],
): Promise<GoldenAnswers> {
  const staged = await mkdtemp(join(tmpdir(), 'recommender-pack-'));
  try {
    await stage(dir, manifest, staged, requests);
    return await answersOf(await readBundle(staged), requests);
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** A bundle of links whose golden answers are placeholders. */
async function stage(dir: string, manifest: BundleManifest, staged: string, requests: readonly RecommendRequest[]): Promise<void> {
  for (const name of namedFiles(manifest)) {
    await mkdir(join(staged, name, '..'), { recursive: true });
    if (name !== manifest.golden) await symlink(resolve(dir, name), join(staged, name));
  }
  const response = 'classes' in manifest ? { classes: [{ label: '?', probability: 0 }] } : { items: [{ id: '?', score: 0 }] };
  await writeFile(join(staged, manifest.golden), jsonLines(requests.map((request) => ({ request, response }))));
  // This bundle is never fetched, so these are never compared with the files.
  const files = [...new Set(namedFiles(manifest))].map((path) => ({ path, size: 0, sha256: '0'.repeat(64) }));
  await writeFile(join(staged, MANIFEST_NAME), stringify({ ...manifest, files }, { aliasDuplicateObjects: false }));
}

async function answersOf(bundle: Bundle, requests: readonly RecommendRequest[]): Promise<GoldenAnswers> {
  const model = await loadModel(bundle, { ...NOTHING, onLost: (reason) => exitWith(`Cannot run the model: ${reason}.`) });
  await checkPromises(bundle, model);
  let fallbacks = 0;
  const lines: unknown[] = [];
  const answers: string[] = [];
  for (const [index, request] of requests.entries()) {
    const recommendation = await model.recommend(request).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new CliFailure(`Cannot answer golden request ${index + 1}: ${why}.`, provesNothing(error) ? EXIT.unavailable : EXIT.invalid);
    });
    if (recommendation.fallback) fallbacks += 1;
    else answers.push(JSON.stringify(recommendation.items));
    lines.push(goldenLine(request, JSON.parse(String(model.render(NOBODY, recommendation))) as Answer));
  }
  await model.close();
  const areAllEqual = answers.length > 1 && new Set(answers).size === 1;
  return { lines: jsonLines(lines), fallbacks, areAllEqual };
}

interface Answer {
  items?: { id: string; score: number }[];
  classes?: { label: string; probability: number }[];
}

function goldenLine(request: RecommendRequest, answer: Answer) {
  const items = answer.items?.map(({ id, score }) => ({ id, score }));
  const classes = answer.classes?.map(({ label, probability }) => ({ label, probability }));
  const tolerance = defaultTolerance((items ?? []).map(({ score }) => score));
  return { request, response: classes === undefined ? { items } : { classes }, tolerance, answeredBy: 'graph' };
}

/** With more time or memory the same request may be answered. */
function provesNothing(error: unknown): boolean {
  const isLate = error instanceof InferenceTimedOut || error instanceof WorkerEnded;
  return isLate || (error instanceof Error && isOutOfMemory(error.message));
}

/** Nothing can be awaited anymore: the worker hangs in native code. */
function exitWith(message: string): never {
  console.error(`Error: ${message}`);
  process.exit(EXIT.unavailable);
}

function jsonLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
