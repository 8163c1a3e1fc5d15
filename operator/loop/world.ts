import type { Rollout } from '../api/argo.ts';
import { type KindName, KINDS } from '../api/kinds.ts';
import type { ModelVersion, RecommenderModel } from '../api/model.ts';
import { INGRESS_CLASS, LABELS, MANAGER, modelOfAccount, namesOf } from '../api/names.ts';
import { keyOf, type Kind, type KubernetesObject } from '../api/objects.ts';
import type { Store } from '../kube/store.ts';
import type { Watched, WatchSet } from '../kube/watchset.ts';
import { routingOf } from '../plan/objects/router.ts';
import type { Delivery, Observed } from '../plan/state/observed.ts';

const BY_MODEL = 'model';
const BY_REQUIRED = 'required';
const BY_GROUP = 'group';

/**
 * What to watch, and which keys a change affects: see `modelsOf`. Objects of others never enter a cache, but for ServiceAccounts,
 * which are used whoever made them.
 */
export const WATCHED: readonly Watched[] = Object.values(KINDS).map((kind) => ({
  kind,
  ...(kind === KINDS.RecommenderModel
    ? {
        keysOf: (object) => [...modelKeys(object), ...groupKeys(object)],
        indexes: { [BY_MODEL]: modelKeys, [BY_REQUIRED]: requiredBy, [BY_GROUP]: groupKeys },
      }
    : { keysOf: modelKeys, indexes: { [BY_MODEL]: modelKeys } }),
  ...scopeOf(kind),
}));

function scopeOf(kind: Kind): Pick<Watched, 'selector' | 'wanted'> {
  if (kind === KINDS.RecommenderModel || kind === KINDS.ModelVersion) return {};
  // Argo Rollouts makes the weight carrier and gives it no labels.
  if (kind === KINDS.ServiceAccount) return { wanted: ({ metadata }) => modelOfAccount(metadata.name) !== undefined };
  if (kind === KINDS.Ingress) return { wanted: (object) => object.metadata.labels?.[LABELS.managedBy] === MANAGER || isOfOurClass(object) };
  return { selector: `${LABELS.managedBy}=${MANAGER}` };
}

const isOfOurClass = (object: KubernetesObject): boolean =>
  (object['spec'] as { ingressClassName?: string } | undefined)?.ingressClassName === INGRESS_CLASS;

/** `namespace/name` of the model an object belongs to. */
function modelKeys(object: KubernetesObject): string[] {
  const { namespace } = object.metadata;
  const at = (name: string): string[] => [keyOf({ name, ...(namespace === undefined ? {} : { namespace }) })];
  if (object.kind === KINDS.RecommenderModel.kind) return at(object.metadata.name);
  // A version made by hand or by a job need not carry the label.
  if (object.kind === KINDS.ModelVersion.kind) return at((object as ModelVersion).spec.model);
  const model = object.metadata.labels?.[LABELS.model] ?? modelByName(object);
  return model === undefined ? [] : at(model);
}

/** Of an object without our label. */
function modelByName(object: KubernetesObject): string | undefined {
  if (object.kind === KINDS.Ingress.kind) return rolloutOf(object);
  return object.kind === KINDS.ServiceAccount.kind ? modelOfAccount(object.metadata.name) : undefined;
}

const rolloutOf = ({ metadata }: KubernetesObject): string | undefined =>
  metadata.ownerReferences?.find(({ kind }) => kind === KINDS.Rollout.kind)?.name;

/** Key of the group a model is in. No name of a model holds a colon. */
function groupKeys(object: KubernetesObject): string[] {
  const { metadata, spec } = object as RecommenderModel;
  return spec.group === undefined ? [] : [`${metadata.namespace ?? ''}/group:${spec.group}`];
}

/**
 * Keys of the models affected by a change of a key. What happens to a model affects its whole group; a key that the queue takes
 * for another reason affects its model only, or the group would requeue itself endlessly.
 */
export function modelsOf(source: Pick<Source, 'storeOf'>, key: string): string[] {
  const models = source.storeOf(KINDS.RecommenderModel);
  const membersOf = (group: string): string[] => models.byIndex(BY_GROUP, group).map(({ metadata }) => keyOf(metadata));
  if (key.includes('/group:')) return membersOf(key);
  const model = models.get(key);
  return [key, ...(model ? groupKeys(model).flatMap(membersOf).filter((each) => each !== key) : [])];
}

type Source = Pick<WatchSet, 'missing'> & { storeOf(kind: Kind): Pick<Store, 'get' | 'byIndex'> };

/** Reads everything about the model and its group from the caches; undefined when there is no such model, or it is being deleted. */
export function observe(source: Source, key: string, deliveries: readonly Delivery[] = []): Observed | undefined {
  const [, ...others] = modelsOf(source, key);
  const peers = others.toSorted().flatMap((each) => observeAlone(source, each) ?? []);
  const observed = observeAlone(source, key);
  return observed && { ...observed, peers, deliveries };
}

function observeAlone(source: Source, key: string): Observed | undefined {
  const model = source.storeOf(KINDS.RecommenderModel).get(key) as RecommenderModel | undefined;
  if (!model || model.metadata.deletionTimestamp !== undefined) return undefined;
  const of = (name: KindName) => source.storeOf(KINDS[name]).byIndex(BY_MODEL, key);
  // Leftovers of an earlier model of the same name are on their way out and count as absent.
  const mine = (name: KindName) => of(name).filter((each) => isOwnedBy(each, model));
  const rollout = (mine('Rollout') as Rollout[]).find((each) => each.metadata.deletionTimestamp === undefined);
  const account = source.storeOf(KINDS.ServiceAccount).get(keyOf({ ...model.metadata, name: namesOf(model.metadata.name).serviceAccount }));
  return {
    model,
    versions: of('ModelVersion') as ModelVersion[],
    required: requiredBy(model).flatMap((each) => source.storeOf(KINDS.ModelVersion).byIndex(BY_MODEL, each)) as ModelVersion[],
    desiredElsewhere: (source.storeOf(KINDS.RecommenderModel).byIndex(BY_REQUIRED, key) as RecommenderModel[]).map(
      ({ spec }) => spec.release.digest,
    ),
    ...(rollout ? { rollout } : {}),
    ...carrierOf(of('Ingress'), rollout),
    ...(account ? { account } : {}),
    replicaSets: rollout ? of('ReplicaSet').filter((each) => isOwnedBy(each, rollout)) : [],
    services: mine('Service'),
    virtualServices: mine('VirtualService'),
    runs: of('AnalysisRun'),
    jobs: mine('Job'),
    pods: of('Pod'),
    owned: (['Job', 'HorizontalPodAutoscaler', 'AnalysisRun', 'Ingress', 'VirtualService'] as const).flatMap(mine),
    missingKinds: source.missing().map(({ kind }) => kind).filter((kind) => isNeeded(kind, model)),
    peers: [],
    deliveries: [],
  };
}

function carrierOf(ingresses: readonly KubernetesObject[], rollout: Rollout | undefined): Pick<Observed, 'carrier'> {
  const carrier = ingresses.find(
    (each) => rollout && isOwnedBy(each, rollout) && each.metadata.name === namesOf(rollout.metadata.name).carrierIngress,
  );
  return carrier ? { carrier } : {};
}

function isNeeded(kind: string, model: RecommenderModel): boolean {
  const isOptional = Object.values(KINDS).some((row) => row.kind === kind && row.optional === true);
  return !isOptional || routingOf(model).object?.kind === kind;
}

/** Keys of the models that must have proven a version first. */
function requiredBy(object: KubernetesObject): string[] {
  const { metadata, spec } = object as RecommenderModel;
  return (spec.delivery.requires ?? []).map(({ namespace = metadata.namespace ?? '', name }) => keyOf({ namespace, name }));
}

const isOwnedBy = (object: KubernetesObject, { metadata }: KubernetesObject): boolean =>
  object.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) ?? false;
