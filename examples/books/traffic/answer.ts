import { z } from 'zod';

import { HEADERS } from '../../../serving/contract/http.ts';

const Recommendation = z.looseObject({
  recommendation_id: z.string().min(1),
  model: z.string().min(1),
  version: z.string().min(1),
  items: z.array(z.looseObject({ id: z.string(), score: z.number().nullish() })).min(1),
  fallback: z.boolean(),
});

/** What a caller gets from a scoring request. */
export interface Recommended {
  recommendationId: string;
  version: string;
  items: string[];
  fallback: boolean;
  shielded: boolean;
}

export interface HttpAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Why an answer is none; the message is for people. */
export class InvalidAnswer extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Checks an answer as a careful caller would. `k`: number of items asked for.
 * @throws InvalidAnswer
 */
export function readRecommendation({ status, headers, body }: HttpAnswer, k: number, knows: (id: string) => boolean): Recommended {
  const refuse = (message: string): never => {
    throw new InvalidAnswer(status, message);
  };
  if (status !== 200) return refuse(`status ${status}: ${body.slice(0, 300)}`);
  const parsed = Recommendation.safeParse(jsonOrUndefined(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(`the body is no recommendation: ${issue?.path.join('.') || 'document'}: ${issue?.message}`);
  }
  const { recommendation_id: recommendationId, version, fallback } = parsed.data;
  const items = parsed.data.items.map(({ id }) => id);
  const stated = headers[HEADERS.version];
  if (stated !== undefined && stated !== version) return refuse(`the header says version ${String(stated)}, the body ${version}`);
  if (items.length !== k) return refuse(`${items.length} items instead of ${k}`);
  if (new Set(items).size !== items.length) return refuse('an item comes twice');
  const unknown = items.find((id) => !knows(id));
  if (unknown !== undefined) return refuse(`unknown item ${unknown}`);
  return { recommendationId, version, items, fallback, shielded: headers[HEADERS.shielded] !== undefined };
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
