import type { RecommenderModel } from '../../api/model.ts';

const ROUTER_TYPES = [
  'BuiltIn',
  'Nginx',
  'Istio',
  'None',
] as const satisfies readonly RecommenderModel['spec']['delivery']['router']['type'][];

export type RouterType = (typeof ROUTER_TYPES)[number];

export const isRouterType = (type: unknown): type is RouterType => ROUTER_TYPES.some((each) => each === type);

/** Serving pods divide the users themselves, by the weight on the carrier. */
export const isBuiltIn = ({ spec }: RecommenderModel): boolean => spec.delivery.router.type === 'BuiltIn';
