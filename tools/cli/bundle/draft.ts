import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sentencesOf } from '../../../serving/bundle/faults.ts';
import type { GraphFacts } from '../../../serving/bundle/graph/inspect.ts';
import { NOT_A_TENSOR } from '../../../serving/bundle/graph/value-info.ts';
import { WITHOUT_ZIPMAP } from '../../../serving/bundle/graph/zipmap.ts';
import { BUNDLE_API_VERSION, isOfClasses, UnsealedManifest } from '../../../serving/bundle/manifest.ts';
import { MANIFEST_NAME } from '../../../serving/bundle/paths.ts';
import { decodeText } from '../../../serving/bundle/text.ts';
import { parseYaml } from '../../../serving/bundle/yaml.ts';
import { faultWords, REQUIRED } from '../../../serving/common/fault-words.ts';
import { CliFailure } from '../terminal/failure.ts';
import { guessInputs, guessOutputs } from './guess.ts';

/** Where a draft is looked for, first found. */
const DRAFT_NAMES = [MANIFEST_NAME, 'recommender.yaml'];

/** Field of the manifest → the name under which its file is found. */
const USUAL_FILES = { items: 'items.jsonl', fallback: 'popular.json', classes: 'classes.json' };

/** The fields of a manifest that somebody has written; the rest is filled in. */
export type Draft = Record<string, unknown>;

/**
 * Reads the draft of a bundle's manifest; sizes and digests in it are dropped because they are computed again.
 * @param file absent = bundle.yaml or recommender.yaml in `dir`; neither = an empty draft
 * @throws CliFailure, BundleFailure when it is not YAML
 */
export async function readDraft(dir: string, file?: string): Promise<Draft> {
  const found = file ?? DRAFT_NAMES.map((name) => join(dir, name)).find((path) => existsSync(path));
  if (found === undefined) return {};
  const draft = parseYaml(decodeText(await readOr(found), found), found) ?? {};
  const isMapping = typeof draft === 'object' && draft !== null && !Array.isArray(draft);
  if (!isMapping) throw new CliFailure(`${found} must contain a mapping of fields.`);
  const { files: _computedAgain, ...fields } = draft as Draft;
  return fields;
}

/** Name of the graph in a draft. */
export function graphOf(draft: Draft): string {
  return typeof draft['graph'] === 'string' ? draft['graph'] : 'model.onnx';
}

/**
 * Fills in what a draft leaves out and can be derived: files with their usual names, inputs and outputs where the graph
 * leaves only one choice.
 * @throws CliFailure naming every fault
 */
export function completeManifest(draft: Draft, dir: string, graph: GraphFacts): UnsealedManifest {
  const usual = (name: string) => (existsSync(join(dir, name)) ? name : undefined);
    const files = isOfClasses(draft['task'])
    ? { classes: usual('classes.json'), fallback: usual('priors.json') }
    : { items: usual('items.jsonl'), fallback: usual('popular.json') };
  const manifest = {
    apiVersion: BUNDLE_API_VERSION,
    graph: graphOf(draft),
    golden: 'golden.jsonl',
    ...withoutUndefined({ ...files, inputs: guessInputs(draft['task'], graph, usual), outputs: guessOutputs(draft['task'], graph) }),
    ...draft,
  };
  const parsed = UnsealedManifest.safeParse(manifest, { error: faultWords });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap(sentencesOf);
  throw new CliFailure(`The draft of ${MANIFEST_NAME} is incomplete: ${faults.join('; ')}.${advice(faults, graph)}`);
}

/** Which usual file is missing, and what the graph has where the draft does not say how to use it. */
function advice(faults: readonly string[], graph: GraphFacts): string {
  return `${filesAdvice(faults)}${graphAdvice(faults, graph)}${classesAdvice(faults, graph)}`;
}

function filesAdvice(faults: readonly string[]): string {
  const lacking = Object.entries(USUAL_FILES).filter(([field]) => faults.includes(`${field}: ${REQUIRED}`));
  if (lacking.length === 0) return '';
  return ` The folder has no ${lacking.map(([, file]) => file).join(' and no ')}, and the draft does not name another file for it.`;
}

function graphAdvice(faults: readonly string[], { inputs, outputs }: GraphFacts): string {
  if (!faults.some((fault) => /^(inputs|outputs)/.test(fault))) return '';
  return ` The graph has inputs ${describeValues(inputs)} and outputs ${describeValues(outputs)}.`;
}

/** What converters make of a classifier unless they are told otherwise. */
function classesAdvice(faults: readonly string[], { outputs }: GraphFacts): string {
  if (!faults.includes(`outputs: ${REQUIRED}`)) return '';
  const map = outputs.find(({ type }) => type === NOT_A_TENSOR);
  if (map !== undefined) return ` The output "${map.name}" is not a tensor: ${WITHOUT_ZIPMAP}.`;
  const columns = outputs.filter(({ type, shape }) => type === 'float32' && (shape?.length === 1 || shape?.[1] === 1));
  return columns.length < 2 ? '' : ` Each class has an output of its own (zipmap="columns"): ${WITHOUT_ZIPMAP}.`;
}

/** Inputs or outputs of a graph, e.g. `"user" (int64 [batch])`. */
export function describeValues(values: GraphFacts['inputs']): string {
  return values.map(({ name, type, shape }) => `"${name}" (${type} [${shape?.join(' × ') ?? '?'}])`).join(', ');
}

function withoutUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

async function readOr(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch {
    throw new CliFailure(`Cannot read ${file}.`);
  }
}
