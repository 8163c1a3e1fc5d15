import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type GraphFacts, inspectGraph, readGraphFacts } from '../../../serving/bundle/graph/inspect.ts';
import { BUNDLE_API_VERSION, isOfClasses } from '../../../serving/bundle/manifest.ts';
import { MANIFEST_NAME } from '../../../serving/bundle/paths.ts';
import { CliFailure } from '../terminal/failure.ts';
import { describeValues } from './draft.ts';
import { guessInputs, guessOutputs } from './guess.ts';
import { inlineWeights } from './inline.ts';
import { readMlflow } from './mlmodel.ts';

export interface FromMlflowOptions {
  out: string;
  model: string;
  version: string;
  task: string;
  metric?: Record<string, number>;
}

const OF_CLASSES = { 'classes.json': 'JSON array of labels, by column of the probabilities' };
/** Files that a bundle needs beside the graph, by task; they may be in the MLflow model or in its `extra_files`. */
const COMPANIONS: Record<string, Record<string, string>> = {
  'user-to-items': { 'users.json': 'JSON array of user IDs; the position is the index the graph expects' },
  'items-to-items': {},
  'text-to-items': {},
  'context-to-items': {},
  'text-to-classes': OF_CLASSES,
  'context-to-classes': OF_CLASSES,
};
const OF_ITEMS = {
  'items.jsonl': 'one JSON object per line, line i describes row i: {"id": "…", "title": "…"}',
  'popular.json': 'JSON array of item IDs, best first: the answer when the model has none',
};

interface Converted {
  /** What is left to do, one sentence each; empty = `bundle pack` can run. */
  missing: string[];
}

/**
 * Writes the draft of a bundle from a folder of MLflow's ONNX flavor.
 * @throws CliFailure, BundleFailure
 */
export async function fromMlflow(dir: string, options: FromMlflowOptions): Promise<Converted> {
  const { out, model, version, task, metric } = options;
  const companions = COMPANIONS[task];
  if (companions === undefined) throw new CliFailure(`Unknown task "${task}": use one of ${Object.keys(COMPANIONS).join(', ')}.`);
  const { graphFile, lineage } = await readMlflow(dir);
  await mkdir(out, { recursive: true });
  const graph = join(out, 'model.onnx');
  // As a single file, which bundles require.
  await readGraphFacts(graphFile, 'model.onnx');
  await inlineWeights(graphFile, graph);
  const wanted: Record<string, string> = isOfClasses(task) ? companions : { ...companions, ...OF_ITEMS };
  const lacking = await copyCompanions(dir, out, Object.keys(wanted));
  const facts = await inspectGraph(graph, 'model.onnx');
  const usual = (name: string) => (name in wanted ? name : undefined);
  const inputs = guessInputs(task, facts, usual);
  const outputs = guessOutputs(task, facts);
  const draft = {
    ...{ apiVersion: BUNDLE_API_VERSION, model, version, task, graph: 'model.onnx' },
    ...(inputs && { inputs }),
    ...(outputs && { outputs }),
    ...(metric && { metrics: metric }),
    lineage,
  };
  await writeFile(join(out, MANIFEST_NAME), stringify(draft, { lineWidth: 0 }));
  const files = lacking.map((name) => `add ${join(out, name)}: ${wanted[name]}`);
  const fields = [
    ...(inputs ? [] : [toWrite('inputs', facts.inputs, out)]),
    ...(outputs ? [] : [toWrite('outputs', facts.outputs, out)]),
  ];
  return { missing: [...files, ...fields] };
}

async function copyCompanions(dir: string, out: string, names: readonly string[]): Promise<string[]> {
  const lacking: string[] = [];
  for (const name of [...names, 'golden.jsonl', 'priors.json']) {
    const found = [join(dir, name), join(dir, 'extra_files', name)].find((path) => existsSync(path));
    if (found !== undefined) await copyFile(found, join(out, name));
    else if (names.includes(name) && !existsSync(join(out, name))) lacking.push(name);
  }
  return lacking;
}

function toWrite(field: string, values: GraphFacts['inputs'], out: string): string {
  return `add \`${field}\` to ${join(out, MANIFEST_NAME)}: the graph has ${describeValues(values)}`;
}
