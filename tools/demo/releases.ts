import type { Environment } from '../testenv/environment.ts';
import { follow, type Status } from './followStatus.ts';
import { integer, readersTable, releaseLines, sentence, shieldedIn, specLines, wentBack } from './format.ts';
import type { Output } from './output.ts';
import type { Scenario } from './scenarios/scenario.ts';

export const isRejected = ({ phase }: Status): boolean => phase === 'Rejected';
const serves = (version: string) => ({ champion, phase }: Status): boolean => champion?.version === version && (phase === 'Healthy' || phase === 'Watching');
const decision = ({ history }: Status, version: string): string =>
  sentence(history?.find((entry) => entry.version === version)?.reason ?? 'the status gives no reason');

export async function releaseFirst(environment: Environment, output: Output, { first, spec }: Pick<Scenario, 'first' | 'spec'>): Promise<void> {
  if (Object.keys(spec).length > 0) {
    output.say('A RecommenderModel says how its versions are released:');
    output.show(specLines(spec), 'command');
    output.say('These lines say which version to serve. Nothing else in the manifest will change:');
  } else output.say('A RecommenderModel is applied. These lines say which version to serve; nothing else in the manifest will change:');
  await apply(environment, output, first);
  await follow(environment, output, { what: `${first} serves`, comes: serves(first), fails: isRejected, limitMs: 150_000 });
  output.say('There is no earlier version to compare it with, so it started as soon as its bundle was verified.', 'good');
}

interface Promotion {
  version: string;
  from: string;
  /** The last status that was printed, of a release that has begun. */
  underway?: Status;
}

export async function untilPromoted(environment: Environment, output: Output, { version, from, underway }: Promotion): Promise<Status> {
  if (!underway) await apply(environment, output, version);
  const promoted = { what: `${version} is promoted`, comes: serves(version), fails: isRejected, limitMs: 240_000, printed: underway?.message };
  const status = await follow(environment, output, promoted);
  const reason = decision(status, version);
  if (status.message !== reason) output.say(reason, 'good');
  const seen = await environment.seen();
  output.show(readersTable(seen, [from, version]));
  const back = wentBack(seen, version, from);
  output.say(back === 0 ? `No reader who had come to ${version} was sent back.` : `${integer(back)} readers were sent back on the way.`);
  return status;
}

/** @returns why the version was rejected, in a sentence */
export async function untilRejected(environment: Environment, output: Output, version: string): Promise<string> {
  const status = await follow(environment, output, { what: `${version} is rejected`, comes: isRejected, fails: serves(version), limitMs: 180_000 });
  return decision(status, version);
}

/** @returns why 3.0.0 was rejected, in a sentence */
export async function releaseBroken(environment: Environment, output: Output, champion: string): Promise<string> {
  output.say('Offline it looks as good as 2.0.0, and it passes validation. But for some readers it throws.');
  const before = await environment.seen();
  await apply(environment, output, '3.0.0');
  const reason = await untilRejected(environment, output, '3.0.0');
  output.say('Argo Rollouts took it back at once, and its digest is quarantined.', 'good');
  const after = await environment.seen();
  const shielded = shieldedIn(after) - shieldedIn(before);
  output.say(
    `Readers noticed nothing: ${integer(after.failed)} of their calls failed. When 3.0.0 threw, ${champion} answered in its place: ${integer(shielded)} times.`,
  );
  return reason;
}

export async function apply(environment: Environment, output: Output, version: string): Promise<void> {
  output.show(releaseLines(environment.release(version)), 'command');
  await environment.apply(version);
}
