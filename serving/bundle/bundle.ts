import { z } from 'zod';
import type { AttributeIndex } from './attributes.ts';
import type { GoldenRequest } from './golden.ts';
import type { BundleManifest } from './manifest.ts';
import type { RankedItem } from './ranked.ts';

export const Id = z.string().min(1).max(256);

const oneALine = ({ input }: { input: unknown }) =>
  Array.isArray(input) ? 'must be an object, one a line, and not a list of all of them' : undefined;

/** An item as the bundle describes it: its id and whatever metadata the answer shall carry. */
export const Item = z.looseObject({ id: Id }, { error: oneALine });
export type Item = z.output<typeof Item>;

/** A bundle in memory, all but the graph. */
export interface Bundle {
  manifest: BundleManifest;
  /** `sha256:…` of bundle.yaml. */
  digest: string;
  graphFile: string;
  /** Name of a vocabulary file → word or id → index the graph expects. */
  vocabularies: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Row i describes output index i; empty for text-to-classes. */
  items: readonly Item[];
  /** Id of an item → its row. */
  itemRows: ReadonlyMap<string, number>;
  /** For filters. */
  attributes: AttributeIndex;
  /** Labels by column of the probabilities; empty for the tasks that end in items. */
  classes: readonly string[];
  /** Popular items with the score 0, or classes with their prior probabilities, best first; undefined = none. */
  fallback: readonly RankedItem[] | undefined;
  golden: readonly GoldenRequest[];
}
