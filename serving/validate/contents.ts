import type { Bundle } from '../bundle/bundle.ts';
import { BundleFailure } from '../bundle/failure.ts';
import { readGraphFacts } from '../bundle/graph/inspect.ts';

/** Fields of an item in an answer that the server writes itself. */
const OWN_FIELDS = ['score'];

/**
 * Looks for what a pod would serve, and its author would not expect: what was served once must go on to be, so that only
 * new versions are refused for it.
 * @throws BundleFailure `ContentInvalid`, `GraphInvalid`
 */
export async function checkContents({ manifest, items, fallback, graphFile }: Bundle): Promise<void> {
  if ('classes' in manifest) return;
  for (const [row, item] of items.entries()) {
    const fault = itemFault(item);
    if (fault !== undefined) throw new BundleFailure('ContentInvalid', `${manifest.items}, item ${row + 1}: ${fault}.`);
  }
  const popular = popularFault(fallback?.map(({ row }) => items[row]?.id ?? '') ?? []);
  if (popular !== undefined) throw new BundleFailure('ContentInvalid', `${manifest.fallback} ${popular}.`);
  if (!('items' in manifest.outputs)) return;
  const { unsortedTopK } = await readGraphFacts(graphFile, manifest.graph);
  if (unsortedTopK.includes(manifest.outputs.scores)) {
    throw new BundleFailure(
      'GraphInvalid',
      `The graph's output "${manifest.outputs.scores}" comes from a TopK that does not sort, and answers keep the order of the graph: set sorted=1.`,
    );
  }
}

function itemFault(item: Record<string, unknown>): string | undefined {
  const own = OWN_FIELDS.find((name) => Object.hasOwn(item, name));
  if (own !== undefined) return `the field "${own}" would be replaced by the score of the model: give it another name`;
  const infinite = Object.keys(item).find((name) => holdsInfinite(item[name]));
  return infinite === undefined ? undefined : `the field "${infinite}" has a number beyond what JSON readers hold, about 1.8e308: write it as a string`;
}

/** JSON.parse makes infinity of a number that is too large, and answers would hold null in its place. */
function holdsInfinite(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsInfinite);
}

function popularFault(ids: readonly string[]): string | undefined {
  if (ids.length === 0) return 'is empty, so that unknown users would get nothing: list popular items, best first';
  const last = new Map(ids.map((id, place) => [id, place]));
  const twice = ids.find((id, place) => last.get(id) !== place);
  return twice === undefined ? undefined : `names "${twice}" twice: list each item once`;
}
