import { randomUUID } from 'node:crypto';

import { HEADERS, PATHS } from '../../../serving/contract/http.ts';
import type { Random } from '../random.ts';
import { InvalidAnswer, readRecommendation, type Recommended } from './answer.ts';
import type { Caller } from './client.ts';
import type { Failure, Ledger, Switch } from './ledger.ts';
import type { Readers } from './readers.ts';

/** Items that every reader asks for. */
const K = 10;

interface Visit {
  caller: Caller;
  readers: Readers;
  draw: Random;
  ledger: Ledger;
  onFailure(failure: Failure): void;
  onSwitch(change: Switch): void;
}

/** A reader asks for recommendations, looks at them, and perhaps clicks one. Never throws. */
export async function visit(user: string, context: Visit): Promise<void> {
  const recommended = await attempt('recommend', user, context, (headers) => recommend(user, context, headers));
  if (recommended === undefined) return;
  const clicked = context.readers.click(user, recommended.items, context.draw);
  if (clicked === undefined) return;
  context.ledger.clicked(recommended.version);
  await attempt('feedback', user, context, (headers) => sendClick(user, clicked, recommended, context, headers));
}

async function recommend(user: string, context: Visit, headers: Record<string, string>): Promise<Recommended> {
  const { caller, readers, ledger, onSwitch } = context;
  const sent = performance.now();
  const answer = await caller.post(PATHS.recommend, { user_id: user, k: K }, headers);
  const recommended = readRecommendation(answer, K, readers.knows);
  const change = ledger.answered({ user, ...recommended, took: performance.now() - sent });
  if (change) onSwitch(change);
  return recommended;
}

async function sendClick(
  user: string,
  item: string,
  { recommendationId, version }: Recommended,
  { caller, ledger }: Visit,
  headers: Record<string, string>,
): Promise<void> {
  const click = { recommendation_id: recommendationId, user_id: user, item_id: item, event: 'click', value: 1 };
  const { status, body } = await caller.post(PATHS.feedback, click, headers);
  if (status !== 202) throw new InvalidAnswer(status, `status ${status} for a click on version ${version}: ${body.slice(0, 300)}`);
  ledger.accepted();
}

async function attempt<T>(
  call: Failure['call'],
  user: string,
  { ledger, onFailure }: Visit,
  send: (headers: Record<string, string>) => Promise<T>,
): Promise<T | undefined> {
  const sent = performance.now();
  const requestId = randomUUID();
  try {
    return await send({ [HEADERS.requestId]: requestId });
  } catch (error) {
    const failure = { at: new Date().toISOString(), call, user, requestId, ...reasonOf(error), took: Math.round(performance.now() - sent) };
    ledger.failed(failure);
    onFailure(failure);
    return undefined;
  }
}

function reasonOf(error: unknown): Pick<Failure, 'status' | 'code' | 'message'> {
  if (error instanceof InvalidAnswer) return { status: error.status, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return code === undefined ? { message } : { code, message };
}
