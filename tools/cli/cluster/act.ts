import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { actAnnotation } from '../../../operator/api/names.ts';
import { CliFailure } from '../terminal/failure.ts';
import { type Act, annotationValue, fieldManager, meantVersion, NEEDS_REASON, type Outcome, outcomeOf, recordedOutcome } from './acts.ts';
import { type Api, type Where, withApi } from './api.ts';
import { orBefore } from './ask.ts';
import { versionNamed } from './decisions.ts';

export interface ActOptions extends Where {
  /** The version that is meant; of a rollback the one to go back to. */
  version?: string;
  to?: string;
  reason?: string;
  /** False: only write the annotation. */
  wait: boolean;
  /** Milliseconds to wait for the operator. */
  timeout: number;
}

const LOOK_AGAIN_MS = 250;

/** Writes the annotation that asks the operator for an act, waits for what it says, and prints that. */
export async function act(which: Act, name: string, options: ActOptions): Promise<void> {
  if (NEEDS_REASON.includes(which) && (options.reason ?? '').trim() === '') {
    throw new CliFailure(`${which} needs --reason TEXT: it goes into the record of the version.`, 2);
  }
  await withApi(options, async (api) => {
    const version = await versionFor(api, which, name, options);
    const value = annotationValue(version, randomBytes(6).toString('hex'), options.reason);
    await api.annotate(name, { [actAnnotation(which)]: value }, fieldManager(await api.whoAmI()));
    if (!options.wait) return console.log(`Asked for: ${which} ${name} ${version}. The operator has not been waited for.`);
    report(await awaited(api, which, name, value, options.timeout), which, name, version, options.timeout);
  });
}

async function versionFor(api: Api, which: Act, name: string, { to, version }: ActOptions): Promise<string> {
  const model = await api.model(name);
  const named = which === 'rollback' ? to : version;
  if (named === undefined) return meantVersion(model);
  // A mistyped version would be refused by the operator, too; here the versions there are can be named at once.
  return versionNamed(await api.versions(name), name, named).spec.version;
}

async function awaited(api: Api, which: Act, name: string, value: string, timeout: number): Promise<Outcome> {
  const end = performance.now() + timeout;
  let model = await api.model(name);
  for (;;) {
    const outcome = outcomeOf(model, which, value);
    if (outcome.state === 'overtaken') return recordedOutcome(await api.versions(name), which, value);
    if (!['waiting', 'underway'].includes(outcome.state) || performance.now() >= end) return outcome;
    await pause(LOOK_AGAIN_MS);
    model = await orBefore(() => api.model(name), model);
  }
}

function report(outcome: Outcome, which: Act, name: string, version: string, timeout: number): void {
  if (outcome.state === 'refused') throw new CliFailure(`${which} ${name} ${version} was refused: ${outcome.sentence}`);
  // What is under way was accepted, and goes on without anybody waiting for it.
  if ('sentence' in outcome) return console.log(outcome.sentence);
  if (outcome.state === 'replaced') {
    throw new CliFailure(`Somebody else asked for ${which} of ${name} before the operator came to yours; "kubectl recommender get ${name}" shows what is.`);
  }
  throw new CliFailure(
    `The operator has not acted within ${timeout / 1000}s. The request stays on the model as annotation ${actAnnotation(which)} and is acted on when the operator runs; ` +
      '"kubectl recommender doctor" tells whether it does.',
  );
}
