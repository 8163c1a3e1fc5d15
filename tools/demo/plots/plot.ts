import type { Cluster } from '../../testenv/cluster.ts';
import { QUICK, type Shop } from '../../testenv/shop.ts';
import type { Teller } from '../tell.ts';

/** What of `spec` a story is about; the rest is that of every shop. */
export interface Asked {
  delivery?: Record<string, unknown>;
  analysis?: Record<string, unknown>;
}

/** Whom a plot plays with. */
export interface Scene {
  cluster: Cluster;
  /** Its model asks for what the plot is about, whatever version is wished. */
  shop: Shop;
  tell: Teller;
  /** A part of the story; what goes wrong in it is told with where to look. */
  chapter: <T>(title: string, work: () => Promise<T>) => Promise<T>;
}

/** How it went, for the last line. */
export interface Found {
  promoted: string;
  rejected: string;
  /** Why, in a sentence. */
  reason: string;
  /** What a strategy has beside that. */
  [figure: string]: unknown;
}

/** The story of one strategy, from the moment at which readers have come to the first version. */
export interface Plot {
  /** Before anything happens: what there will be to see. */
  introduction: string;
  asked: Asked;
  /** Serves first. */
  first: string;
  /** Those whose offline figures are shown, the first among them. */
  trained: readonly string[];
  play: (scene: Scene) => Promise<Found>;
}

/** The shop whose model asks for that as well. */
export function asking(shop: Shop, { delivery, analysis }: Asked): Shop {
  const spec = { delivery: { ...QUICK.delivery, ...delivery }, analysis: { ...QUICK.analysis, ...analysis } };
  return { ...shop, wish: (version, more, metadata) => shop.wish(version, { ...spec, ...more }, metadata) };
}
