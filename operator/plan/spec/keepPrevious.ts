import type { RecommenderModel } from '../../api/model.ts';
import { milliseconds } from './durations.ts';

type Delivery = RecommenderModel['spec']['delivery'];

/** Where `after.keepPrevious` says nothing. */
const DEFAULTS: Readonly<Record<Delivery['strategy'], string>> = { Canary: '0s', BlueGreen: '24h', Shadow: '0s' };

/** How long the pods of the previous champion are kept after a promotion, e.g. `24h`. */
export const keepPreviousOf = ({ spec: { delivery } }: RecommenderModel): string =>
  deprecatedKeep(delivery) ?? delivery.after.keepPrevious ?? DEFAULTS[delivery.strategy];

/**
 * `blueGreen.keepPrevious`, which `after.keepPrevious` replaces, where it is still in force. Models stored by an earlier release
 * hold the former default of both fields, 24h and 0s: so 0s in the new field does not overrule the old one.
 */
function deprecatedKeep({ strategy, after, blueGreen }: Delivery): string | undefined {
  return strategy === 'BlueGreen' && milliseconds(after.keepPrevious ?? '0s') === 0 ? blueGreen.keepPrevious : undefined;
}

/** Sentence about a deprecated field that makes a difference; undefined where there is none. */
export function describeDeprecated({ spec: { delivery } }: RecommenderModel): string | undefined {
  const kept = deprecatedKeep(delivery);
  if (kept === undefined || kept === DEFAULTS[delivery.strategy]) return undefined;
  return `spec.delivery.blueGreen.keepPrevious is deprecated: remove it and set spec.delivery.after.keepPrevious to ${kept} instead.`;
}
