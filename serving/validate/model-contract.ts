import type { Bundle } from '../bundle/bundle.ts';
import { vocabularyOf } from '../bundle/input-values.ts';
import { type Input, isList, type ListInput } from '../bundle/inputs.ts';
import type { BundleManifest } from '../bundle/manifest.ts';
import { MAX_K } from '../bundle/request.ts';
import type { ContractInput, ModelContract } from '../contract/report.ts';
import type { GraphInfo } from '../scoring/tensors.ts';
import { sampleOf } from './sample.ts';

/** What callers of this bundle rely on. @param graph as it was loaded */
export function contractOf(bundle: Bundle, graph: GraphInfo): ModelContract {
  const { manifest, items, classes } = bundle;
  const users = usersOf(bundle);
  const k = mostAnswers(bundle, graph);
  return {
    task: manifest.task,
    inputs: manifest.inputs.flatMap((input) => ('of' in input ? [] : [contractInput(input, bundle, graph)])),
    outputs: Object.values(manifest.outputs),
    ...(k === undefined ? {} : { k }),
    items: sampleOf('classes' in manifest ? classes : items.map(({ id }) => id)),
    ...(users ? { users: sampleOf(users) } : {}),
  };
}

/** Callers send nothing for the length or the mask of a list. */
type SentInput = Exclude<Input, ListInput>;

function contractInput(input: SentInput, bundle: Bundle, graph: GraphInfo): ContractInput {
  const { name, from } = input;
  const vocabulary = vocabularyOf(input, bundle);
  const maxLength = longest(input);
  return {
    name,
    from,
    type: typeOf(input, graph),
    required: isRequired(input, bundle.manifest),
    ...(vocabulary ? { vocabulary: vocabulary.size } : {}),
    ...(maxLength === undefined ? {} : { maxLength }),
  };
}

/** Most characters of a text, or values of a list that callers send. */
function longest(input: SentInput): number | undefined {
  if (input.from === 'text') return input.maxLength;
  return input.from !== 'history' && isList(input) ? input.length : undefined;
}

/** The width counts where callers send the values themselves; elsewhere it follows the catalogue or the model's own memory. */
function typeOf(input: SentInput, { inputs }: GraphInfo): string {
  const { type = 'unknown', shape = [] } = inputs.find((each) => each.name === input.name) ?? {};
  const width = shape[1];
  if (!input.from.startsWith('context.')) return type;
  if (isList(input)) return `${type}[]`;
  return typeof width === 'number' && width > 1 ? `${type}[${width}]` : type;
}

/** As scoring/inputs.ts refuses requests. */
function isRequired(input: SentInput, { task }: BundleManifest): boolean {
  if (input.from === 'user_id') return false;
  if (input.from === 'text') return true;
  if (input.from === 'history') return task === 'items-to-items';
  return !('default' in input) || input.default === undefined;
}

/** A graph that ranks its whole catalogue limits nobody, however small the catalogue is today. */
function mostAnswers({ manifest: { outputs }, items }: Bundle, graph: GraphInfo): number | undefined {
  if (!('items' in outputs)) return MAX_K;
  const columns = graph.outputs.find(({ name }) => name === outputs.items)?.shape[1];
  if (typeof columns !== 'number') return undefined;
  return columns >= items.length ? MAX_K : Math.min(MAX_K, columns);
}

function usersOf({ manifest: { inputs }, vocabularies }: Bundle): Iterable<string> | undefined {
  const input = inputs.find((input) => input.from === 'user_id');
  return input?.vocabulary === undefined ? undefined : vocabularies.get(input.vocabulary)?.keys();
}
