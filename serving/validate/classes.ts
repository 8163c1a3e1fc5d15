import type { Bundle } from '../bundle/bundle.ts';
import { BundleFailure } from '../bundle/failure.ts';
import { readGraphFacts } from '../bundle/graph/inspect.ts';
import type { ClassesManifest } from '../bundle/manifest.ts';
import type { RecommendRequest } from '../bundle/request.ts';
import { InferenceFailed, WorkerEnded } from '../scoring/failures.ts';
import type { Model } from '../scoring/model.ts';

/** What float32 makes of a sum that should be 1. */
const TOLERANCE = 1e-3;

/** What a classifier says of one request. */
interface Answer {
  /** Best first. */
  classes: readonly { label: string; probability: number }[];
  /** The label that the graph itself gives; undefined if it gives none. */
  label: string | undefined;
}

/**
 * Compares what a classifier says with what the bundle makes of it: numbers that are no probabilities, and classes in
 * another order than the columns, make answers that look right.
 * @param requests that the model can score
 * @throws BundleFailure
 */
export async function checkClasses(
  bundle: Bundle & { manifest: ClassesManifest },
  model: Model,
  requests: readonly RecommendRequest[],
): Promise<void> {
  const { graph, classes, outputs } = bundle.manifest;
  const { classLabels } = await readGraphFacts(bundle.graphFile, graph);
  const order = orderFault(bundle.classes, classLabels);
  if (order !== undefined) throw new BundleFailure('ContentInvalid', `${classes} ${order}`);

  const answers: Answer[] = [];
  for (const request of requests) answers.push(...(await answersOf(request, bundle, model)));
  const number = probabilityFault(answers);
  if (number !== undefined) throw new BundleFailure('GraphInvalid', `The graph's output "${outputs.probabilities}" ${number}`);
  const label = labelFault(answers);
  if (label !== undefined) throw new BundleFailure('ContentInvalid', `${classes} ${label}`);
}

/** None for a request that fails, which its golden answer reports, and for one that the fallback answers. */
async function answersOf(request: RecommendRequest, { classes, manifest }: Bundle & { manifest: ClassesManifest }, model: Model): Promise<Answer[]> {
  try {
    const { items, fallback } = await model.recommend({ ...request, k: classes.length });
    const ranked = items.map(({ row, score }) => ({ label: classes[row] ?? '', probability: score }));
    return fallback ? [] : [{ classes: ranked, label: await labelOf(request, model, manifest.outputs.probabilities) }];
  } catch (error) {
    if (error instanceof InferenceFailed && !(error instanceof WorkerEnded)) return [];
    throw error;
  }
}

/** Converters give the best label beside the probabilities: a text or a whole number a request. */
async function labelOf(request: RecommendRequest, model: Model, probabilities: string): Promise<string | undefined> {
  const label = model.describe().outputs.find(
    ({ name, type, shape }) => name !== probabilities && (type === 'string' || type === 'int64') && (shape.length < 2 || shape[1] === 1),
  );
  const feeds = model.feeds(request);
  if (label === undefined || feeds === undefined) return undefined;
  const [tensor] = await model.infer(feeds, [label.name]);
  return tensor === undefined ? undefined : String(tensor.data[0]);
}

/** @param graphs labels that the graph names, in the order of its columns */
export function orderFault(classes: readonly string[], graphs: readonly string[] | undefined): string | undefined {
  const place = graphs === undefined ? -1 : classes.findIndex((label, index) => label !== graphs[index]);
  if (graphs === undefined || place < 0 || !isSameSet(classes, graphs)) return undefined;
  return `has "${classes[place]}" at place ${place + 1}, where the graph has "${graphs[place]}": write the labels in the order of model.classes_.`;
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  const known = new Set(others);
  return some.length === others.length && some.every((each) => known.has(each));
}

export function probabilityFault(answers: readonly Answer[]): string | undefined {
  for (const { classes } of answers) {
    const wrong = classes.find(({ probability }) => probability < -TOLERANCE || probability > 1 + TOLERANCE);
    if (wrong === undefined) continue;
    return (
      `gave ${wrong.probability.toPrecision(4)} for the class "${wrong.label}", and probabilities are from 0 to 1: end the graph with ` +
      'Softmax (one class is right) or Sigmoid (each class by itself), or name the output that has them.'
    );
  }
  return undefined;
}

/**
 * A label whose answers always have another best class, which in turn is never best where the graph names it, is one of a
 * list in another order. A label may differ from the best class for other reasons, such as a threshold of its own.
 */
export function labelFault(answers: readonly Answer[]): string | undefined {
  const compared = answers.flatMap(({ classes: [best], label }) => (best === undefined || label === undefined ? [] : [{ best: best.label, label }]));
  const confirmed = new Set(compared.filter(({ best, label }) => best === label).map(({ label }) => label));
  const known = new Set(answers.flatMap(({ classes }) => classes.map(({ label }) => label)));
  const wrong = compared.find(({ best, label }) => known.has(label) && !confirmed.has(label) && !confirmed.has(best));
  return wrong && `has "${wrong.best}" for the column where the graph itself answers "${wrong.label}": write the labels in the order of model.classes_.`;
}
