import { z } from 'zod';
import { CARRIER, POD_TEMPLATE_HASH_LABEL } from '../contract/carrier.ts';

const Ingress = z.object({
  metadata: z.object({ resourceVersion: z.string().default(''), annotations: z.record(z.string(), z.string()).default({}) }),
});
const Service = z.object({ spec: z.object({ selector: z.record(z.string(), z.string()).default({}) }) });

export const IngressList = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(Ingress),
});
export type Ingress = z.output<typeof Ingress>;

export const WatchEvent = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']), object: Ingress }),
  z.object({ type: z.literal('ERROR'), object: z.object({ code: z.number().optional() }) }),
]);

/** What the carrier Ingress says. */
export interface Carrier {
  /** Percent, 0–100, like the next. */
  weight: number;
  shadowPercent: number;
  candidateVersion: string | undefined;
  candidateDigest: string | undefined;
}

/** Reads the carrier's annotations. */
export function carrierOf(ingress: Ingress | undefined): Carrier {
  const annotations = ingress?.metadata.annotations ?? {};
  return {
    weight: percentage(annotations[CARRIER.weight]),
    shadowPercent: percentage(annotations[CARRIER.shadowPercent]),
    candidateVersion: annotations[CARRIER.candidateVersion],
    candidateDigest: annotations[CARRIER.candidateDigest],
  };
}

/** Nothing, and whatever is no percentage, is 0. */
function percentage(text: string | undefined): number {
  const percent = Number(text ?? '0');
  return percent >= 0 && percent <= 100 ? percent : 0;
}

/** The pod template hash a Service selects; undefined while Argo Rollouts has not set it. */
export function selectedHash(service: unknown): string | undefined {
  return Service.parse(service).spec.selector[POD_TEMPLATE_HASH_LABEL];
}
