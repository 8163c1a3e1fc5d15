import type { DecisionRecord } from '../../operator/api/model.ts';
import { namesOf } from '../../operator/api/names.ts';
import { isUnderWay, startsAttempt } from '../../operator/plan/state/snapshot.ts';
import { at, type Entry, isOf, placeOf, textAt } from './entry.ts';
import { lostBefore } from './groups.ts';
import { type Known, versionsOf, type World } from './world.ts';

export function followRegistration({ versions }: World, write: Entry): void {
  const spec = at(write.requestObject, 'spec');
  if (!isOf(write, 'modelversions') || spec === undefined || versions.has(placeOf(write))) return;
  const [model, version, digest] = [textAt(spec, 'model'), textAt(spec, 'version'), textAt(spec, 'digest')];
  versions.set(placeOf(write), { namespace: write.objectRef?.namespace ?? '', model, version, digest, stage: 'None', decisions: [] });
}

export function followDecisions(world: World, write: Entry): void {
  const known = world.versions.get(placeOf(write));
  if (!isOf(write, 'modelversions', 'status') || !known) return;
  const status = statusIn(write.requestObject);
  for (const decision of added(world, known, status?.decisions ?? [])) decide(world, known, decision);
  known.stage = status?.stage ?? known.stage;
}

interface Status {
  stage?: string;
  decisions?: DecisionRecord[];
}

/** The operator writes a status whole, by a JSON patch. */
function statusIn(body: unknown): Status | undefined {
  const written = Array.isArray(body) ? (body as unknown[]).find((each) => at(each, 'path') === '/status') : undefined;
  return (at(written, 'value') ?? at(body, 'status')) as Status | undefined;
}

/** Decisions that the last write did not hold, oldest first. What was decided stays as it is, but for the oldest, which go. */
function added({ violations }: World, known: Known, newestFirst: readonly DecisionRecord[]): DecisionRecord[] {
  const last = known.decisions.at(-1);
  if (!last) return newestFirst.toReversed();
  const index = newestFirst.findIndex((each) => isSame(each, last));
  if (index === -1) violations.push(`The record of ${nameOf(known)} lost its decision of ${last.at} (${last.from} to ${last.to}).`);
  return newestFirst.slice(0, index === -1 ? newestFirst.length : index).toReversed();
}

const isSame = (a: DecisionRecord, b: DecisionRecord): boolean =>
  ['at', 'from', 'to', 'reason', 'act'].every((key) => at(a, key) === at(b, key));
export const nameOf = ({ namespace, model, version }: Known): string => `${namespace}/${model} ${version}`;

function decide(world: World, known: Known, decision: DecisionRecord): void {
  const { counts, violations, acts } = world;
  const { at: time, from, to, act } = decision;
  counts.decisions += 1;
  if (from !== known.stage) violations.push(`${time} ${nameOf(known)} went from ${from} to ${to}, but it was ${known.stage}.`);
  if (act !== undefined) {
    counts.acts += 1;
    const key = `${known.namespace}/${known.model} ${act}`;
    if (acts.has(key)) violations.push(`${time} ${nameOf(known)}: "${act}" was carried out twice.`);
    acts.add(key);
  }
  if (to === 'Champion' && from !== 'Champion') promote(world, known, decision);
  known.stage = to;
  known.decisions.push(decision);
}

/** Beside a champion a candidate needs the pass of its last gate, or a person who gave it to everyone: by an act, or in Argo Rollouts. */
function promote(world: World, known: Known, decision: DecisionRecord): void {
  const { at: time, from, rule = 'none', act } = decision;
  world.counts.promotions += 1;
  const hasChampion = versionsOf(world.versions, known.namespace, known.model).some(({ stage }) => stage === 'Champion');
  if (!hasChampion || act !== undefined) return;
  const start = known.decisions.findLastIndex(startsAttempt);
  if (start !== -1 && known.decisions.slice(start).some((each) => each.act?.startsWith('promote '))) return;
  const loss = lostBefore(world, known, time);
  if (loss !== undefined) world.violations.push(`${time} ${nameOf(known)} ${loss}.`);
  if (isUnderWay(from) && (passedItsGates(decision) || wasLetGo(world, known, decision))) return;
  world.violations.push(`${time} ${nameOf(known)} was promoted from ${from} by the rule ${rule} without a pass.`);
}

/** The last gate of every strategy counts requests. The latest word on a guardrail may be a wait: it is measured on after its gate. */
const passedItsGates = ({ rule, evidence = [] }: DecisionRecord): boolean =>
  rule === 'GatesPassed'
  && evidence.some(({ metric, verdict }) => metric === 'requests' && verdict === 'Pass')
  && !evidence.some(({ verdict }) => verdict === 'Fail');

/** Whether the operator found no passed gate, and somebody did write the status of the Rollout in this attempt. */
function wasLetGo({ letGo }: World, { namespace, model, decisions }: Known, { rule }: DecisionRecord): boolean {
  const last = letGo.get(`${namespace}/${namesOf(model).rollout}`);
  const start = decisions.findLast(startsAttempt)?.at;
  return rule === 'PromotedInArgoRollouts' && last !== undefined && start !== undefined && Date.parse(last) >= Date.parse(start);
}
