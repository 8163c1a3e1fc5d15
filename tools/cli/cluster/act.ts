import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { actAnnotation } from '../../../operator/api/names.ts';
import { CliFailure } from '../terminal/failure.ts';
import { type Act, annotationValue, defaultVersion, fieldManager, NEEDS_REASON, type Outcome, outcomeOf, recordedOutcome } from './acts.ts';
import { type Api, type Where, withApi } from './api.ts';
import { orLastKnown } from './ask.ts';
import { versionNamed } from './decisions.ts';

export interface ActOptions extends Where {
  /** The version to act on. */
  version?: string;
  /** The version to roll back to. */
  to?: string;
  reason?: string;
  /** False: only write the annotation. */
  wait: boolean;
  /** Milliseconds to wait for the operator. */
  timeout: number;
}

const POLL_MS = 250;

/** Writes the annotation that requests an action, waits for the operator's answer, and prints it. */
export async function act(which: Act, name: string, options: ActOptions): Promise<void> {
  if (NEEDS_REASON.includes(which) && (options.reason ?? '').trim() === '') {
    throw new CliFailure(`${which} requires --reason TEXT, which is recorded with the version.`, 2);
  }
  await withApi(options, async (api) => {
    const version = await versionFor(api, which, name, options);
    const value = annotationValue(version, randomBytes(6).toString('hex'), options.reason);
    await api.annotate(name, { [actAnnotation(which)]: value }, fieldManager(await api.whoAmI()));
    if (!options.wait) return console.log(`Requested: ${which} ${name} ${version}. Not waiting for the operator.`);
    report(await awaited(api, which, name, value, options.timeout), which, name, version, options.timeout);
  });
}

async function versionFor(api: Api, which: Act, name: string, { to, version }: ActOptions): Promise<string> {
  const model = await api.model(name);
  const named = which === 'rollback' ? to : version;
  if (named === undefined) return defaultVersion(model);
  // The operator would refuse a mistyped version, too; here the message can list the existing ones.
  return versionNamed(await api.versions(name), name, named).spec.version;
}

async function awaited(api: Api, which: Act, name: string, value: string, timeout: number): Promise<Outcome> {
  const end = performance.now() + timeout;
  let model = await api.model(name);
  for (;;) {
    const outcome = outcomeOf(model, which, value);
    if (outcome.state === 'overtaken') return recordedOutcome(await api.versions(name), which, value);
    if (!['waiting', 'underway'].includes(outcome.state) || performance.now() >= end) return outcome;
    await pause(POLL_MS);
    model = await orLastKnown(() => api.model(name), model);
  }
}

function report(outcome: Outcome, which: Act, name: string, version: string, timeout: number): void {
  if (outcome.state === 'refused') throw new CliFailure(`${which} ${name} ${version} was refused: ${outcome.sentence}`);
  // An action in progress was accepted and continues on its own.
  if ('sentence' in outcome) return console.log(outcome.sentence);
  if (outcome.state === 'replaced') {
    throw new CliFailure(
      `Another ${which} request for ${name} replaced yours before the operator handled it; `
        + `"kubectl recommender get ${name}" shows the result.`,
    );
  }
  throw new CliFailure(
    `The operator did not act within ${timeout / 1000}s. The request stays on the model as annotation ${actAnnotation(which)}, `
      + 'and the operator handles it once it runs; "kubectl recommender doctor" shows whether it does.',
  );
}
