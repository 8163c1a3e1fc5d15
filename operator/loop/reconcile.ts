import { isDeepStrictEqual } from 'node:util';
import type { Rollout } from '../api/argo.ts';
import { KINDS } from '../api/kinds.ts';
import type { ModelVersion, RecommenderModel } from '../api/model.ts';
import type { KubernetesObject } from '../api/objects.ts';
import type { RecommenderModelStatus } from '../api/types.gen.ts';
import type { Ensured, Writer } from '../kube/apply.ts';
import { ChangedMeanwhile, KubeError } from '../kube/errors.ts';
import type { Recorder } from '../kube/events.ts';
import type { Installation } from '../kube/installations.ts';
import type { Outcome } from '../kube/workers.ts';
import type { Notifier } from '../notify/notifier.ts';
import { EDITED_BY_HAND, type Plan, plan, STATUS_REFUSED } from '../plan/plan.ts';
import type { Reason } from '../plan/reasons.ts';
import { withReconciled, withTrouble } from '../plan/report/trouble.ts';
import type { Observed, PlanConfig } from '../plan/state/observed.ts';
import type { RolloutMetrics } from '../telemetry/rollouts.ts';

interface Reconciler {
  observe: (key: string) => Observed | undefined;
  /** Another installation that the models of a namespace are left to. */
  managing: (namespace: string) => Installation | undefined;
  writer: Writer;
  recorder: Recorder;
  notifier: Notifier;
  rollouts: RolloutMetrics;
  config: PlanConfig;
  /** Milliseconds since the epoch. */
  clock: () => number;
}

/**
 * Observe, plan, record, apply, report. Decisions are on record before anything acts on them, so a crash at any point
 * is picked up by the next run. With nothing to do it makes no request.
 */
export async function reconcile(reconciler: Reconciler, key: string): Promise<Outcome> {
  const { observe, managing, recorder, notifier, rollouts } = reconciler;
  const observed = observe(key);
  const other = observed && managing(observed.model.metadata.namespace ?? '');
  if (other) recorder.record({ regarding: observed.model, ...leftTo(other) });
  if (!observed || other) {
    notifier.forget(key);
    rollouts.forget(key);
    return {};
  }
  return manage(reconciler, key, observed);
}

async function manage(
  { observe, writer, recorder, notifier, rollouts, config, clock }: Reconciler,
  key: string,
  observed: Observed,
): Promise<Outcome> {
  const { model } = observed;
  const next = plan(observed, config, clock());

  const unrecorded = await record(writer, next.versions);
  if (unrecorded) {
    // Nothing acts on a decision that is not on record.
    await report(writer, recorder, model, statusAfter(model, model.status ?? {}, unrecorded, clock()));
    throw unrecorded;
  }
  rollouts.decided(model, next.versions);
  for (const { type, reason, message } of next.announcements) {
    recorder.record({ regarding: model, type, reason, note: message });
  }
  const { trouble, rolloutChanged, edits } = await applyPlan(writer, next, observed.rollout);
  for (const note of edits) recorder.record({ regarding: model, type: 'Warning', reason: EDITED_BY_HAND, note });
  // What was just requested from Argo Rollouts has not happened yet: "serves everyone" would describe the previous spec.
  const after = rolloutChanged && next.versions.length === 0 ? observe(key) : undefined;
  const statusAfterApply = after && plan(after, config, clock());
  // Anything this would put on record is left to the next run.
  const { status } = statusAfterApply?.versions.length === 0 ? statusAfterApply : next;
  const nextStatus = statusAfter(model, status, trouble, clock());
  await report(writer, recorder, model, nextStatus);
  show(rollouts, key, model, nextStatus, trouble ? [] : next.prune);
  // Only what is on record is sent: a successor sends it again, and never sends what nobody decided.
  notifier.offer({ ...model, status: nextStatus });
  if (trouble) throw trouble;
  return next.requeueAfterMs === undefined ? {} : { requeueAfterMs: next.requeueAfterMs };
}

/** The first refusal to write what was decided; undefined once everything is on record. */
async function record(writer: Writer, versions: readonly ModelVersion[]): Promise<KubeError | undefined> {
  try {
    for (const version of versions) await writer.applyStatus(statusOnly(version, version.status));
    return undefined;
  } catch (error) {
    if (error instanceof KubeError) return error;
    throw error;
  }
}

/** The status stays the other's too: two that write it would never end. */
function leftTo({ namespace, watches }: Installation) {
  const scope = watches === '*' ? 'all namespaces' : watches;
  const note =
    `Left to the installation of the operator in namespace ${namespace}, which manages ${scope}; ` +
    'uninstall one of the two, or limit each to its own namespace (watch.namespace).';
  return { type: 'Warning', reason: 'ManagedElsewhere' satisfies Reason, note } as const;
}

/** An outdated plan is no failure, but did not apply everything either: the condition Reconciled keeps its previous value. */
function statusAfter(
  model: RecommenderModel,
  status: RecommenderModelStatus,
  trouble: KubeError | undefined,
  now: number,
): RecommenderModelStatus {
  if (!(trouble instanceof ChangedMeanwhile)) return trouble ? withTrouble(status, trouble, model, now) : status;
  return withReconciled(status, model.status?.conditions?.find(({ type }) => type === 'Reconciled'));
}

function show(rollouts: RolloutMetrics, key: string, model: RecommenderModel, status: RecommenderModelStatus, gone: Plan['prune']): void {
  for (const { spec } of gone.filter(isVersion)) rollouts.forget(key, spec.version);
  rollouts.show(model, status);
}

const isVersion = (object: KubernetesObject): object is ModelVersion => object.kind === KINDS.ModelVersion.kind;

interface Applied {
  /** The first refusal. */
  trouble?: KubeError;
  rolloutChanged: boolean;
  /** Manual edits that were reverted, as sentences. */
  edits: string[];
}

/** Applies, wave by wave, and prunes; stops after a wave with a refusal. */
async function applyPlan(writer: Writer, { patches, objects, reapply, prune }: Plan, rollout: Rollout | undefined): Promise<Applied> {
  const done: Applied = { rolloutChanged: false, edits: [] };
  try {
    if (rollout) for (const { body, subresource } of patches) await writer.patch(KINDS.Rollout, rollout.metadata, body, subresource);
    for (const wave of wavesOf(objects)) await applyAll(writer, wave, rollout, done);
    for (const object of reapply) {
      if (rollout) await scale(writer, object, rollout);
      done.edits.push(...describeEdits(await writer.restore(object)));
    }
    for (const { kind, metadata } of prune) {
      const row = Object.values(KINDS).find((each) => each.kind === kind);
      if (!row) throw new Error(`${kind} is not in the table of kinds`);
      const { uid } = metadata;
      await writer.remove(row, metadata, { ...(uid === undefined ? {} : { uid }), propagation: 'Background' });
    }
    return done;
  } catch (error) {
    if (error instanceof KubeError) return { ...done, trouble: error };
    throw error;
  }
}

/**
 * Applies in parallel. Adds to `done` what was applied, even if the API server refuses a part; throws the first refusal that
 * needs more than another look.
 */
async function applyAll(writer: Writer, wave: readonly KubernetesObject[], rollout: Rollout | undefined, done: Applied): Promise<void> {
  const results = await Promise.allSettled(wave.map((object) => ensure(writer, object, rollout)));
  for (const { value } of results.filter((each) => each.status === 'fulfilled')) {
    done.rolloutChanged ||= value.changed && value.object.kind === 'Rollout';
    done.edits.push(...describeEdits(value));
  }
  const refusals = results.filter((each) => each.status === 'rejected').map(({ reason }): unknown => reason);
  if (refusals.length > 0) throw refusals.find((each) => !(each instanceof ChangedMeanwhile)) ?? refusals[0];
}

/** Kinds that create pods need everything before them, and a RoleBinding needs its Role; the rest do not depend on each other. */
const NEED_ALL_BEFORE: ReadonlySet<string> = new Set(['RoleBinding', 'Job', 'Rollout']);

function wavesOf(objects: readonly KubernetesObject[]): KubernetesObject[][] {
  const waves: KubernetesObject[][] = [[]];
  for (const object of objects) {
    if (NEED_ALL_BEFORE.has(object.kind)) waves.push([object], []);
    else waves.at(-1)?.push(object);
  }
  return waves;
}

async function ensure(writer: Writer, object: KubernetesObject, rollout: Rollout | undefined): Promise<Ensured> {
  if (object.kind === 'Rollout' && rollout) await scale(writer, object, rollout);
  return writer.ensure(object);
}

function describeEdits(ensured: Ensured | undefined): string[] {
  if (!ensured?.edits) return [];
  const { object, edits } = ensured;
  const fields = edits.map(({ field, manager }) => `${field} (by ${manager})`).join(', ');
  return [`Reverted a manual edit of ${object.kind} ${object.metadata.name}: ${fields}.`];
}

/**
 * Whoever scaled last owns `spec.replicas`, the autoscaler or a person, and an apply without force cannot take it back. So a
 * number outside the desired range is set by a patch; the apply that follows then requests what is already there.
 */
async function scale(writer: Writer, desired: KubernetesObject, live: Rollout): Promise<void> {
  const { replicas } = (desired as Rollout).spec;
  if (replicas !== live.spec.replicas) await writer.patch(KINDS.Rollout, live.metadata, { spec: { replicas } });
}

/** A status that is refused, as by a webhook of the cluster, is said in an Event: there is no other place left. */
async function report(writer: Writer, recorder: Recorder, model: RecommenderModel, status: RecommenderModelStatus): Promise<void> {
  if (isDeepStrictEqual(plain(status), plain(model.status))) return;
  try {
    await writer.applyStatus(statusOnly(model, status));
  } catch (error) {
    // Gone or changed: the next run sees that.
    if (error instanceof KubeError && ![0, 404, 409].includes(error.status)) {
      recorder.record({ regarding: model, type: 'Warning', reason: STATUS_REFUSED, note: `The status cannot be written: ${error.message}` });
    }
    throw error;
  }
}

/** The uid makes a write to a later object of the same name fail instead of landing there. */
function statusOnly({ apiVersion, kind, metadata }: KubernetesObject, status: unknown): KubernetesObject {
  const { name, namespace, uid } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) },
    status,
  };
}

const plain = (value: unknown): unknown => (value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown));
