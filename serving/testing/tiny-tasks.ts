import type { UnsealedManifest } from '../bundle/manifest.ts';
import { sealedBundle, type TinyBundle } from './tiny-bundle.ts';
import { LABELS, WORDS } from './tiny-graphs.ts';

type Inputs = UnsealedManifest['inputs'];
type ItemsManifest = Extract<UnsealedManifest, { items: string }>;
type ClassesManifest = Extract<UnsealedManifest, { classes: string }>;

const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const shared = { apiVersion: 'recommender.dev/bundle/v1', model: 'tiny', version: '1.0.0', graph: 'model.onnx', golden: 'golden.jsonl' } as const;

/** Item i is `item i`, is called like word i, and is still or sparkling, of two colours. */
export const TINY_ITEMS = WORDS.map((word, row) => ({
  id: `item ${row}`,
  word,
  sparkling: word === 'sparkling',
  price: 10 + (row % 2),
  tags: row === 0 ? ['new', 'red'] : ['red'],
}));

interface ItemsBundleOptions {
  task: ItemsManifest['task'];
  inputs: Inputs;
  model: Uint8Array;
  outputs?: ItemsManifest['outputs'];
  golden: readonly object[];
  files?: Record<string, string>;
}

/** A bundle of a graph of `tiny-graphs.ts` that ends in items; the last item is the most popular. */
export function itemsBundle({ task, inputs, model, outputs = { scores: 'scores' }, golden, files = {} }: ItemsBundleOptions): Promise<TinyBundle> {
  const manifest: ItemsManifest = { ...shared, task, inputs, outputs, items: 'items.jsonl', fallback: 'popular.json' };
  return sealedBundle(manifest, {
    'model.onnx': model,
    'items.jsonl': lines(TINY_ITEMS),
    'popular.json': JSON.stringify(TINY_ITEMS.map(({ id }) => id).reverse()),
    'golden.jsonl': lines(golden),
    ...files,
  });
}

interface ClassesBundleOptions {
  task?: ClassesManifest['task'];
  model: Uint8Array;
  inputs?: Inputs;
  golden?: readonly object[];
  /** Label → probability. */
  priors?: Record<string, number>;
  labels?: readonly string[];
}

/** A bundle of `textClassesModel`, or of another classifier. */
export function classesBundle({
  task = 'text-to-classes', model, inputs = [{ name: 'text', from: 'text' }], golden, priors, labels = LABELS,
}: ClassesBundleOptions): Promise<TinyBundle> {
  const expected = { request: { text: 'RED' }, response: { classes: [{ label: 'France', probability: 0.787 }] }, tolerance: 1e-3 };
  const fallback = priors === undefined ? {} : { fallback: 'priors.json' };
  return sealedBundle(
    { ...shared, task, inputs, outputs: { probabilities: 'probabilities' }, classes: 'classes.json', ...fallback },
    {
      'model.onnx': model,
      'classes.json': JSON.stringify(labels),
      'golden.jsonl': lines(golden ?? [expected]),
      ...(priors === undefined ? {} : { 'priors.json': JSON.stringify(priors) }),
    },
  );
}
