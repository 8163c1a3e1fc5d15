import { readBundle } from '../bundle/read.ts';
import type { RecommendRequest } from '../bundle/request.ts';
import { loadModel, type Model } from '../scoring/model.ts';
import { removeTinyBundles, type TinyBundle } from './tiny-bundle.ts';

const nothing = () => undefined;
const quiet = { onInferenceError: nothing, onGenerated: nothing, onBatch: nothing, onLost: nothing };
const open: Model[] = [];

/** Goes before every answer these tests render. */
export const HEAD = { recommendationId: 'r1', model: 'tiny', version: '1.0.0' };

export interface Answer {
  items?: { id: string; score: number }[];
  classes?: { label: string; probability: number }[];
  fallback: boolean;
}

/** A model in real worker threads, and what it answers, as callers see it. */
export async function served(bundle: TinyBundle, heard: Partial<Parameters<typeof loadModel>[1]> = {}, threads = 1) {
  const model = await loadModel(await readBundle(bundle.dir), { ...quiet, ...heard }, threads);
  open.push(model);
  const ask = async (request: RecommendRequest) => JSON.parse(String(model.render(HEAD, await model.recommend(request)))) as Answer;
  /** Rows of the items of an answer. */
  const ids = async (request: RecommendRequest) => (await ask(request)).items?.map(({ id }) => Number(id.replace('item ', '')));
  return { model, ask, ids };
}

/** Ends every model this test file has loaded. */
export async function closeModels(): Promise<void> {
  for (const model of open.splice(0)) await model.close();
}

/** Ends the models and removes the bundles. */
export async function cleanUp(): Promise<void> {
  await closeModels();
  await removeTinyBundles();
}
