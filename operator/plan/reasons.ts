import type { Phase } from '../api/model.ts';

/** A word that conditions and Events carry for machines, and what people are told about it. The troubleshooting page is generated from these. */
interface Entry {
  /** Phases a model may be in with it; absent: no decision has it, only one condition or an Event. */
  phases?: readonly Phase[] | 'any';
  /** Nothing goes on until a person changes something: the condition Stalled is True. */
  stalled?: true;
  /** What it means, part of a sentence. */
  means: string;
  /** What to do, in Markdown, links relative to docs/; absent where it is part of normal work. */
  help?: string;
}

const CANDIDATE = ['Canary', 'Shadow'] as const;
const QUARANTINE = 'Publish a corrected version. A digest that was rejected is not tried again by itself.';

/** What validation finds wrong with a bundle for good: the digest is quarantined. */
const REJECTED = {
  DigestMismatch: { phases: ['Rejected'], means: '`bundle.yaml` does not match the digest in `spec.release`', help: 'Publish the right files, under a new version if the digest changes.' },
  FileMismatch: { phases: ['Rejected'], means: 'a file does not match the digest or size in `bundle.yaml`', help: 'Publish the right files, under a new version if the digest changes.' },
  ManifestInvalid: { phases: ['Rejected'], means: '`bundle.yaml` breaks its format', help: `The message names the field. ${QUARANTINE}` },
  ContentInvalid: { phases: ['Rejected'], means: 'a file of the bundle breaks its format', help: `The message names the file. ${QUARANTINE}` },
  ExternalData: { phases: ['Rejected'], means: 'the graph keeps weights in files outside the bundle', help: 'Export the graph as one file, or list the files in `bundle.yaml`.' },
  GraphInvalid: { phases: ['Rejected'], means: 'the ONNX graph cannot be loaded, or lacks what `bundle.yaml` says of it', help: `The message has the words of the runtime. ${QUARANTINE}` },
  GoldenMismatch: { phases: ['Rejected'], means: 'the graph does not give the known answers', help: 'Compare the trainer with the exported graph.' },
  BundleInvalid: { phases: ['Rejected'], means: 'validation rejected the bundle for a reason that this release of the operator does not know', help: 'See the message; use operator and serving images of one release.' },
  ContractBroken: { phases: ['Rejected'], means: 'the bundle breaks what callers of the champion rely on', help: 'See [validation](releasing/validation.md).' },
  CoverageShrunk: { phases: ['Rejected'], means: 'the bundle lacks too many of the champion\'s items, users or words', help: 'See [validation](releasing/validation.md).' },
  ContractUnknown: { phases: ['Rejected'], means: 'the bundle\'s contract is unknown, so it cannot be compared with the champion\'s', help: 'See [validation](releasing/validation.md).' },
  LoadLimitExceeded: {
    phases: ['Rejected'],
    means: 'under the load of validation it was slower or larger than `delivery.validation.load` allows, or answered nothing',
    help: 'See the figures in the message; correct the limit or the resources and ask for a retry, or publish a lighter version.',
  },
  BatchDependent: {
    phases: ['Rejected'],
    means: 'its answer to one request depends on the requests scored beside it, and `delivery.validation.batchDependence` is `Reject`',
    help: 'Compute each row of the graph from its own input alone, or set the first dimension of its inputs to 1.',
  },
  NotAccepted: {
    phases: ['Rejected'],
    means: 'an offline metric is worse than `analysis.acceptance` asks for',
    help: 'Publish a better version, or correct the limit and ask for a retry.',
  },
} as const satisfies Record<string, Entry>;

/** Why a model does what it does. */
const DECIDED = {
  Serving: { phases: ['Healthy', 'Watching'], means: 'the version in `spec.release` serves everyone' },
  Watching: { phases: ['Watching'], means: 'the new champion serves everyone and its guardrails are still measured' },
  RollingOut: { phases: 'any', means: 'pods of the champion are being replaced' },
  Starting: {
    phases: ['Pending'],
    means: 'the pods of the first version are starting',
    help: 'If it takes long, the message says in brackets what the first pod lacks: a Secret, a node, memory, an image. `kubectl describe pod` says more.',
  },
  Validating: { phases: ['Validating'], means: 'the bundle is being fetched, verified and tried' },
  Passed: { phases: ['Validating'], means: 'the bundle passed validation' },
  ArtifactUnavailable: {
    phases: ['Validating'],
    means: 'the bundle could not be read; it is tried again',
    help:
      'See the message: not a plain address, host not allowed, nothing there, a link in the claim, another version, no space, too large, too slow, ' +
      'needs more memory than the pods have, or crashes onnxruntime.',
  },
  NotMeasured: {
    phases: ['Validating'],
    stalled: true,
    means: 'limits are set, and the validation Job measured nothing',
    help: 'Let `SERVING_IMAGE` of the operator name an image of its own release, or remove the limits.',
  },
  VersionReused: { phases: ['Rejected', 'Pending'], stalled: true, means: 'this version is registered with another digest', help: 'Publish under a new version.' },
  SameBundle: {
    phases: ['Rejected'],
    stalled: true,
    means: 'this is the champion\'s digest under another version',
    help: 'Correct `spec.release.version`, or pack the bundle again under its new version.',
  },
  AwaitingApproval: { phases: ['AwaitingApproval'], means: 'a person has to approve', help: 'See [gates](releasing/gates.md).' },
  RequiredElsewhere: { phases: ['Pending'], means: 'another model must have proven the version first', help: 'Wait; the message says for what. See [gates](releasing/gates.md).' },
  Frozen: { phases: ['Pending'], means: 'a freeze window holds new releases', help: 'Wait; the message says until when. See [gates](releasing/gates.md).' },
  InvalidFreeze: {
    phases: ['Pending'],
    stalled: true,
    means: 'a freeze window has a schedule that cannot be read or a time zone that does not exist; new releases are held until it is corrected',
    help: 'Correct `delivery.freeze`; windows named by days and a start are now named by a `schedule`.',
  },
  WaitingForQuiet: { phases: ['Canary'], means: 'a version that is tried again waits until its earlier attempt has left the measuring window', help: 'Wait.' },
  WaitingForGroup: { phases: ['Pending', ...CANDIDATE], means: 'the version waits for others of its group', help: 'See the message, and [groups](releasing/groups.md).' },
  GroupFailed: { phases: ['Pending'], means: 'the version was taken back together with another of its group', help: 'See the message, and [groups](releasing/groups.md).' },
  CanaryStarted: { phases: CANDIDATE, means: 'a candidate starts' },
  Canary: { phases: CANDIDATE, means: 'a candidate is on its way', help: 'The message says what is awaited; see below when it is data.' },
  Paused: { phases: CANDIDATE, means: 'somebody paused the candidate', help: 'Set `recommender.dev/resume`, see [manual actions](releasing/actions.md).' },
  Promoting: { phases: CANDIDATE, means: 'the candidate was promoted by hand and takes over' },
  Promoted: { phases: ['Healthy', 'Watching'], means: 'the candidate became champion' },
  Aborting: { phases: ['Canary'], means: 'the candidate was given up; its measurements are being collected' },
  Rejected: { phases: ['Rejected'], means: 'a guardrail was violated', help: 'See [rejected versions](releasing.md#when-a-version-is-rejected).' },
  Aborted: { phases: ['Rejected'], means: 'a person aborted the version', help: 'The record says who and why; change `spec.release`, or ask for a retry.' },
  Quarantined: {
    phases: ['Rejected', 'RolledBack'],
    means: 'the digest in `spec.release` was rejected or rolled back before, and is not tried again by itself',
    help: 'See [rejected versions](releasing.md#when-a-version-is-rejected).',
  },
  Retrying: { phases: ['Validating'], means: 'a person asked for another try' },
  RollingBack: { phases: ['Validating', 'Watching'], means: 'the bundle of the version to return to is being tried' },
  RolledBack: { phases: ['Healthy', 'RolledBack', 'Watching'], means: 'everyone went back to an earlier version', help: 'The record says who and why; change `spec.release`, or ask for a retry.' },
  NoWayBack: {
    phases: ['Watching'],
    stalled: true,
    means: 'a watched champion violates a guardrail, and the version before it cannot be served',
    help: 'See the message; publish that bundle again, or set `spec.release` to a good version.',
  },
  ReturningToChampion: { phases: ['Canary'], means: 'the champion takes over from a candidate that was given up', help: 'Wait.' },
  Rebuilding: { phases: ['Degraded'], means: 'the Rollout or the champion\'s record was lost and is rebuilt', help: 'Wait.' },
  Recording: { phases: ['Pending'], means: 'a promotion is being recorded' },
  Acted: { phases: 'any', means: 'a manual action was carried out' },
  PodsNotReady: {
    phases: ['Degraded'],
    stalled: true,
    means: 'pods did not become ready',
    help:
      'The message says in brackets what the first of them lacks: a Secret, a node, memory, an image; `kubectl describe pod` says more. ' +
      'Change the spec, or run `kubectl argo rollouts retry rollout NAME`.',
  },
  Outage: {
    phases: ['Degraded'],
    means: 'the champion has no ready pod, so nobody is served',
    help: 'The message says in brackets what the first pod lacks, and whether another version is about to take over; see [below](#nobody-is-served).',
  },
  LastingOutage: {
    phases: ['Degraded'],
    stalled: true,
    means: 'the same, for longer than `progressDeadline`, and no version is on its way to take over',
    help: 'See [below](#nobody-is-served).',
  },
  InvalidSpec: {
    phases: ['Degraded'],
    stalled: true,
    means: 'Argo Rollouts does not accept the Rollout; the message says why',
    help: 'Often a Service of the same name that somebody else made; otherwise compare the versions of Argo Rollouts.',
  },
  MissingKinds: {
    phases: ['Degraded', 'Pending'],
    stalled: true,
    means: 'the cluster does not know a kind the operator needs',
    help: 'Install Argo Rollouts (or Istio, where `delivery.router` asks for it); the operator goes on by itself.',
  },
  ArgoRolloutsSilent: {
    phases: 'any',
    means: 'what Argo Rollouts had to do is overdue: a step that should have ended, a measurement, a changed Rollout',
    help: 'Check that its controller is running. Users stay where they are, and the release goes on by itself.',
  },
} as const satisfies Record<string, Entry>;

/** What one condition or an Event says beside the decision. */
const OBSERVED = {
  Verified: { means: 'the bundle matches its digest and answers its golden requests' },
  Approved: { means: 'a person approved the version' },
  Applied: { means: 'every object is as planned' },
  AccountOfOthers: { means: 'every object is as planned; the pods use a ServiceAccount of somebody else, which is left alone' },
  Sent: { means: 'no webhook refuses what is sent to it' },
  Holding: { means: 'every guardrail that was measured keeps its limit' },
  Violated: { means: 'a guardrail exceeds its limit', help: 'See [rejected versions](releasing.md#when-a-version-is-rejected).' },
  TooLittleData: {
    means: 'a guardrail cannot be measured yet',
    help:
      'Is there traffic? Does Prometheus have `recommendation_forwarded_total`, or with a router other than `BuiltIn` the candidate\'s ' +
      '`recommendation_requests_total`? Can Argo Rollouts reach it?',
  },
  MetricsUnavailable: {
    means: 'Prometheus did not answer Argo Rollouts, so nothing is decided: the version stays where it is until it does',
    help: 'The message has the error; see [Prometheus](operating.md#prometheus) and `kubectl recommender doctor`.',
  },
  Autoscaled: { means: 'the autoscaler has the numbers it needs' },
  AutoscalerFailing: {
    means: 'the autoscaler has no numbers to go by, so the number of pods stays as it is; the message has its own words',
    help: 'Install metrics-server, or set `serving.replicas.max` to `min`. While pods start they have no numbers yet.',
  },
  Failing: { means: 'a webhook refuses what is sent to it, or does not answer', help: 'See [notifications](releasing/notifications.md).' },
  FieldConflict: {
    phases: 'any',
    stalled: true,
    means: 'somebody else made an object of a name that the operator needs, manages a field that it sets, or edits it again and again; the message names both',
    help: 'Remove it from the other\'s manifest, rename the model, or stop who edits. The names are in [objects of a model](operating.md#objects-of-a-model).',
  },
  Forbidden: {
    phases: 'any',
    stalled: true,
    means: 'the API server refuses the operator an object: a permission of the operator is missing, a quota is full, or an admission webhook denies it',
    help: 'The message has the words of the API server. Compare the operator\'s role with the chart\'s; raise the quota; ask the owner of the webhook.',
  },
  Invalid: {
    phases: 'any',
    stalled: true,
    means: 'the API server finds an object of the operator invalid; the message names the field',
    help: 'Use definitions (CRDs) and operator of one release, and an Argo Rollouts as new as the operator needs.',
  },
  Refused: {
    means: 'the API server refuses an object, and its reason is not one word, as that of some admission webhooks',
    help: 'See the message, and [below](#what-the-api-server-refuses).',
  },
  StatusRefused: { means: 'the status of the model cannot be written, so it is out of date (Event)', help: 'The message has the words of the API server.' },
  ActRefused: { means: 'a manual action could not be carried out (Event)', help: 'The message says why; set the annotation again with another token.' },
  EditedByHand: { means: 'an object was edited by hand and has been reverted (Event)', help: 'Change the RecommenderModel instead; see below.' },
  ManagedElsewhere: {
    means: 'two installations of the operator watch the namespace, and this one leaves the model to the other (Event)',
    help: 'Uninstall one, or set `watch.namespace`; see [two installations](operating.md#two-installations).',
  },
  FieldDeprecated: { means: 'a field of the spec is deprecated', help: 'Set the field that the message names instead.' },
  Forgotten: { means: 'an old ModelVersion was deleted (Event)', help: '`spec.registry.keep` says how many are kept.' },
} as const satisfies Record<string, Entry>;

/** Every reason of a condition or an Event, in the order of the troubleshooting page. */
export const REASONS: Readonly<Record<Reason, Entry>> = { ...DECIDED, ...REJECTED, ...OBSERVED };

export type DecisionReason = keyof typeof DECIDED | keyof typeof REJECTED;
export type Reason = DecisionReason | keyof typeof OBSERVED;

/** Nothing goes on until a person changes something. */
export const isStalled = ({ phase, reason }: { phase: Phase; reason: DecisionReason }): boolean =>
  REASONS[reason].stalled === true || phase === 'Rejected' || phase === 'RolledBack';

/** Why validation rejected a bundle, as its Job says it: a serving image of another release may know more reasons. */
export const bundleReason = (reason: string): DecisionReason => (Object.hasOwn(REJECTED, reason) ? (reason as keyof typeof REJECTED) : 'BundleInvalid');
