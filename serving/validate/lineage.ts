import type { BundleManifest } from '../bundle/manifest.ts';

const LONGEST = 300;

/** As texts for the record of versions; one that is too long would be misleading if it were cut, so it is left out. */
export function lineageTexts({ lineage }: Pick<BundleManifest, 'lineage'>): Record<string, string> {
  const texts = Object.entries(lineage).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const);
  return Object.fromEntries(texts.filter(([, text]) => text.length <= LONGEST));
}
