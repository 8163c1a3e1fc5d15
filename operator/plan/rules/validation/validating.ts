import type { ValidationReport } from '../../../../serving/contract/report.ts';
import { MANAGER } from '../../../api/names.ts';
import { jobOf, validationOf } from '../../objects/validationJob.ts';
import { bundleReason, type DecisionReason } from '../../reasons.ts';
import { championTarget, type Decision, type Transition } from '../../state/decision.ts';
import { podTrouble } from '../../state/podTrouble.ts';
import { reasonOf, wentBack } from '../../state/record.ts';
import { isUnderWay, type Snapshot } from '../../state/snapshot.ts';
import { acceptance } from './acceptance.ts';
import { batching } from './batching.ts';
import { compatibility } from './compatibility.ts';
import { merged } from './finding.ts';
import { lacksFigures, underLoad, validationStatus } from './underLoad.ts';

const RETRY_VALIDATION_MS = 30_000;

export function desiredVersionNeedsValidation({ desired, desiredVersion, champion, observed }: Snapshot): Decision | undefined {
  const stage = desiredVersion?.status?.stage;
  if (stage === 'Validating' || isUnderWay(stage)) return undefined;
  // The Job of an earlier attempt has to go first: its result says nothing about this one.
  const isFree = jobOf(observed, desired) === undefined;
  const words = { what: 'is being validated', then: 'Nothing changes for users until it has passed.' };
  return {
    target: championTarget(champion),
    phase: 'Validating',
    reason: 'Validating',
    message: `The bundle of ${desired.version} is being fetched, verified and tested.`,
    ...(desiredVersion && isFree ? { validate: desired } : {}),
    transitions: desiredVersion ? [{ version: desiredVersion, to: 'Validating', rule: 'ValidationStarted', ...words, by: MANAGER }] : [],
  };
}

export function desiredVersionIsBeingValidated(snapshot: Snapshot, now: number): Decision | undefined {
  const { observed, desired, desiredVersion, champion, config } = snapshot;
  if (desiredVersion?.status?.stage !== 'Validating') return undefined;
  const validation = validationOf(observed, desired, config);
  const waiting = {
    target: championTarget(champion),
    phase: 'Validating',
    reason: 'Validating',
    message: `The bundle of ${desired.version} is being fetched, verified and tested.`,
    validate: desired,
  } as const;
  if (validation.state === 'Running') {
    const trouble = podTrouble(validation.pods, now);
    return { ...waiting, message: `The bundle of ${desired.version} is being fetched, verified and tested${trouble}.` };
  }
  const { validate: _, ...withoutJob } = waiting;
  if (validation.state === 'Outdated') return withoutJob;
  if (validation.state === 'Failed') {
    // Nothing is known about the bundle: the Job is removed after a while and made anew.
    const wait = Date.parse(validation.at) + RETRY_VALIDATION_MS - now;
    const message = `The bundle of ${desired.version} could not be validated and is being retried: ${validation.message}`;
    const again = wait > 0 ? { ...waiting, requeueAfterMs: wait } : withoutJob;
    return { ...again, reason: 'ArtifactUnavailable', message };
  }
  if (validation.report.result === 'Passed' && lacksFigures(observed.model, validation.report.load)) {
    const message =
      `${desired.version} is waiting: delivery.validation.load sets limits, but its validation measured nothing; ` +
      'use a serving image as new as the operator.';
    return { ...waiting, reason: 'NotMeasured', message };
  }
  const { word, ...judgement } = judged(snapshot, validation.report);
  const phase = isUnderWay(judgement.to) ? 'Validating' : 'Rejected';
  const transition = { ...judgement, version: desiredVersion, by: MANAGER };
  return { ...waiting, phase, reason: word, message: reasonOf(transition), transitions: [transition] };
}

/** The Job reports facts; what they mean beside this champion and these limits is decided here. */
function judged(
  { observed: { model }, champion }: Snapshot,
  report: ValidationReport,
): Omit<Transition, 'version' | 'by'> & { word: DecisionReason } {
  const rejected = {
    to: 'Rejected',
    rule: 'ValidationFailed',
    what: 'was rejected before any user saw it',
    then: wentBack(champion, false),
  } as const;
  if (report.result !== 'Passed') return { ...rejected, word: bundleReason(report.reason), why: report.message };
  const { said, evidence, faults } = merged([
    compatibility(model, champion, report.contract),
    acceptance(model, champion, report.metrics),
    underLoad(model, report.load),
    batching(model, report.batchDependence),
  ]);
  const found = { ...foundBy(report), verified: true };
  const proof = { found, ...(evidence.length > 0 ? { evidence } : {}) };
  const [fault] = faults;
  if (fault) return { ...rejected, ...proof, word: fault.reason, why: faults.map(({ message }) => message).join(' ') };
  const next =
    model.spec.delivery.strategy === 'Shadow' && champion
      ? ({ to: 'Shadow', may: 'It may be shadowed.' } as const)
      : ({ to: 'Challenger', may: 'It may serve users.' } as const);
  const words = { what: 'passed validation', why: 'digests, graph and golden requests are correct', then: [...said, next.may].join(' ') };
  return { ...proof, ...words, to: next.to, rule: 'ValidationPassed', word: 'Passed' };
}

function foundBy({ task, metrics, lineage, contract, load }: ValidationReport): Omit<NonNullable<Transition['found']>, 'verified'> {
  const texts = Object.entries(metrics ?? {}).map(([name, value]) => [name, String(value)] as const);
  return {
    ...(task === undefined ? {} : { task }),
    metrics: Object.fromEntries(texts),
    ...(lineage ? { lineage } : {}),
    ...(contract ? { contract } : {}),
    ...(load ? { validation: validationStatus(load) } : {}),
  };
}
