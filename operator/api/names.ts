import { CARRIER } from '../../serving/contract/carrier.ts';

/** Field manager of every server-side apply, and value of the managed-by label. */
export const MANAGER = 'recommender-operator';

export const LABELS = {
  managedBy: 'app.kubernetes.io/managed-by',
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  /** Name of the RecommenderModel an object belongs to. */
  model: 'recommender.dev/model',
  /** On AnalysisRuns: which attempt at a version they judge. */
  attempt: 'recommender.dev/attempt',
} as const;

export const ANNOTATIONS = {
  /** Short hash of the object as last applied; a removed field shows by it. */
  applied: 'recommender.dev/applied',
  /** On the pod template and the Job: which version it runs. */
  version: 'recommender.dev/version',
  digest: 'recommender.dev/digest',
  /** On the Rollout: `delivery.router` that it was made with, as JSON; left out for the default. On a Service: its type. */
  router: 'recommender.dev/router',
  /** On the Rollout: the parts of `delivery`, and the group, that its candidate was started with, as JSON. */
  delivery: 'recommender.dev/delivery',
  /** On the Job, and on the Rollout, from there on its ReplicaSets: fingerprint of the pod template. */
  template: 'recommender.dev/template',
  /** On the Rollout: when Argo Rollouts was last made to look at the weight carrier again, RFC 3339. */
  lookAgain: 'recommender.dev/look-again',
  /** On the Lease: the namespace whose models its installation manages; `*` for all. */
  watches: 'recommender.dev/watches',
  /** On the Job: where it reads the bundle. */
  uri: 'recommender.dev/uri',
  /** On the Job: where and as whom it reads a bundle in S3. */
  storage: 'recommender.dev/storage',
  /** On the Job: which load it gives the model. */
  load: 'recommender.dev/load',
} as const;

/**
 * Manual actions, requested by an annotation `recommender.dev/ACT: "VERSION TOKEN REASON…"`, in the order in which several at
 * once are handled: what takes users off a version comes first, and an abort waits for no bundle.
 */
export const ACTS = ['abort', 'rollback', 'retry', 'approve', 'promote', 'pause', 'resume'] as const;
export type ActName = (typeof ACTS)[number];

/** Takes the place of a manual action in records written by the watch over a new champion. */
export const WATCH = 'watch';

export const actAnnotation = (act: ActName): string => `recommender.dev/${act}`;

/** Class of Ingresses that only serving pods read. */
export const INGRESS_CLASS = 'recommender';

/** Names of all that belongs to the model `model`. */
export function namesOf(model: string) {
  return {
    rollout: model,
    championService: model,
    candidateService: `${model}-candidate`,
    stableIngress: model,
    virtualService: model,
    /** Route for testers, which Argo Rollouts puts before the others of the VirtualService. */
    testersRoute: `${model}-testers`,
    /** Written by Argo Rollouts, which derives the name from the Rollout's and the stable Ingress's. */
    carrierIngress: `${model}-${model}-canary`,
    /** Judges all the time while users are on the candidate; ends the rollout at the first failure. */
    guardrails: `${model}-guardrails`,
    /** Asked at the end of each step; lets the rollout go on at the first pass. */
    gate: `${model}-gate`,
    /** Asked with it where pods divide the users: whether they do it by the weight of the step. */
    weightGate: `${model}-weight`,
    /** Asked of a second stack that has no users yet. */
    stackGate: `${model}-stack`,
    /** Watches over the champion of that promotion. @param since seconds since the epoch */
    watch: (since: number) => `${model}-watch-${String(since)}`,
    /** Asked of a candidate that was shadowed and has no users yet. */
    shadowGate: `${model}-shadow-gate`,
    serviceAccount: `${model}-serving`,
    autoscaler: model,
    disruptionBudget: model,
    version: (version: string) => `${model}-${version}`,
    validationJob: (digest: string) => `${model}-validate-${shortDigest(digest)}`,
  };
}

/** Name of the model whose pods run as the account `account`, if it is one's. */
export const modelOfAccount = (account: string): string | undefined => /^(.+)-serving$/.exec(account)?.[1];

/** First ten hex digits: enough for a name, never used to compare. */
export function shortDigest(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 10);
}

/** Keys below the carrier prefix, as Argo Rollouts wants them in `additionalIngressAnnotations`. */
export const carrierKey = (annotation: string): string => annotation.slice(CARRIER.prefix.length + 1);
