import { CARRIER } from '../../../../serving/contract/carrier.ts';
import { ANNOTATIONS } from '../../../api/names.ts';
import { isBuiltIn } from '../../spec/router.ts';
import type { Decision } from '../../state/decision.ts';
import type { Observed } from '../../state/observed.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import { writerOf, writtenAt } from '../../state/writer.ts';

/**
 * Argo Rollouts may see our annotation before it sees the manual change; then it is triggered once more. If it does not react,
 * the interval grows; if the time of the change is unknown, as for a removed annotation, the interval is constant.
 */
const ASK_AGAIN_MS = 2_000;
const ASK_AGAIN_UNDATED_MS = 30_000;
const ASK_AT_LEAST_EVERY_MS = 300_000;

/**
 * Restores a share of users that someone wrote by hand to what Argo Rollouts set. It writes the share whenever it looks at the
 * Rollout; it does not watch Ingresses of our class, so by itself it would look at its next step, or in a quarter of an hour.
 * An annotation on the Rollout makes it look at once. The operator never writes a share itself: it cannot know whether the one
 * it sees is outdated.
 */
export function withCarrierReverted(snapshot: Snapshot, decision: Decision, now: number): Decision {
  const edit = handWritten(snapshot);
  if (edit === undefined) return decision;
  const { rollout } = snapshot.observed;
  const asked = Date.parse(rollout?.metadata.annotations?.[ANNOTATIONS.lookAgain] ?? '') || 0;
  const pause = pauseAfter(edit.since, rollout && writtenAt(rollout, ANNOTATIONS.lookAgain));
  const wait = asked + pause - now;
  const isDue = wait <= 0 || wait > pause;
  const note = { body: { metadata: { annotations: { [ANNOTATIONS.lookAgain]: new Date(now).toISOString() } } } };
  return {
    ...decision,
    message: `${decision.message} ${edit.sentence}`,
    ...(isDue ? { patches: [...(decision.patches ?? []), note], edited: edit.sentence } : {}),
    requeueAfterMs: Math.min(decision.requeueAfterMs ?? Infinity, isDue ? ASK_AGAIN_MS : wait),
  };
}

/** By the clock of the API server: as long as the change had been there when Argo Rollouts was last triggered. */
function pauseAfter(since: number | undefined, asked: number | undefined): number {
  if (since === undefined) return ASK_AGAIN_UNDATED_MS;
  return Math.min(Math.max(ASK_AGAIN_MS, (asked ?? since) - since), ASK_AT_LEAST_EVERY_MS);
}

/** The manual change as a sentence, and its time; undefined if the carrier is as Argo Rollouts left it. */
function handWritten({ observed, rolloutState }: Snapshot): { sentence: string; since: number | undefined } | undefined {
  const { model, carrier } = observed;
  if (!carrier || !isBuiltIn(model) || rolloutState === 'Unobserved') return undefined;
  const argo = writerOf(carrier, `${CARRIER.prefix}/canary`);
  for (const [key, wanted] of Object.entries(asSet(observed))) {
    const found = carrier.metadata.annotations?.[key];
    const writer = writerOf(carrier, key);
    // Its own change is on the carrier a moment before it is in the status of the Rollout.
    if (found === wanted || writer === argo) continue;
    const who = writer ?? 'Someone';
    const what = found === undefined ? `removed ${key} from` : `set ${key}="${found}" on`;
    const sentence = `${who} ${what} Ingress ${carrier.metadata.name}; Argo Rollouts was asked to restore "${wanted}".`;
    return { sentence, since: writtenAt(carrier, key) };
  }
  return undefined;
}

/** What Argo Rollouts reports to have set, by annotation. Others than the share may not be there yet when a release starts. */
function asSet({ rollout, carrier }: Observed): Record<string, string> {
  const weight = rollout?.status?.canary?.weights?.canary.weight;
  const more = rollout?.spec.strategy?.canary?.trafficRouting?.nginx?.additionalIngressAnnotations ?? {};
  const present = Object.entries(more)
    .map(([key, value]): [string, string] => [`${CARRIER.prefix}/${key}`, value])
    .filter(([key]) => carrier?.metadata.annotations?.[key] !== undefined);
  return { ...(weight === undefined ? {} : { [CARRIER.weight]: String(weight) }), ...Object.fromEntries(present) };
}
