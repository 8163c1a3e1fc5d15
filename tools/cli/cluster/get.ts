import { setTimeout as pause } from 'node:timers/promises';
import { isStatus } from '../../../operator/kube/errors.ts';
import { isForPrograms, type Output, formatted, show, type OutputOptions } from '../terminal/output.ts';
import { type Paint, paintFor } from '../terminal/paint.ts';
import { drawing } from '../terminal/screen.ts';
import { table } from '../terminal/table.ts';
import { age } from '../terminal/times.ts';
import { type Api, type Where, withApi } from './api.ts';
import { orLastKnown } from './ask.ts';
import type { Model, Version } from './seen.ts';
import { type Related, messageOf, treeOf } from './tree.ts';

export interface GetOptions extends Where, OutputOptions {
  watch?: boolean;
}

const POLL_MS = 1000;

/** `get [NAME]`: one model as a tree, or all of the namespace as a table. */
export function get(name: string | undefined, options: GetOptions): Promise<void> {
  const paint = paintFor(process.stdout, process.env);
  return withApi(options, (api) => (options.watch ? watch(api, name, options, paint) : showOnce(api, name, options, paint)));
}

/** What a picture shows. */
interface Seen {
  models: Model[];
  /** Of the one model that is shown as a tree. */
  related?: Related;
}

async function read(api: Api, name: string | undefined, asTree: boolean): Promise<Seen> {
  if (name === undefined) return { models: await api.models() };
  const model = await api.model(name);
  return { models: [model], ...(asTree ? { related: await relatedTo(api, model) } : {}) };
}

async function relatedTo(api: Api, model: Model): Promise<Related> {
  const [peers, versions] = await Promise.all([peersOf(api, model), versionsOf(api, model)]);
  return { peers, versions };
}

async function peersOf(api: Api, { metadata, spec: { group } }: Model): Promise<Model[]> {
  if (group === undefined) return [];
  return (await api.models()).filter((each) => each.spec.group === group && each.metadata.name !== metadata.name);
}

/** A user who may see models but not their versions gets the tree without them. */
async function versionsOf(api: Api, { metadata: { name } }: Model): Promise<Version[]> {
  try {
    return await api.versions(name);
  } catch (error) {
    if (isStatus(error, 403)) return [];
    throw error;
  }
}

async function showOnce(api: Api, name: string | undefined, { output }: GetOptions, paint: Paint): Promise<void> {
  const seen = await read(api, name, output === undefined);
  await show(output, name === undefined ? seen.models : seen.models[0], () => shown(api, seen, paint));
}

function shown({ namespace }: Api, { models, related }: Seen, paint: Paint): string {
  const [only] = models;
  if (only && related) return treeOf(only, Date.now(), paint, related);
  return models.length === 0 ? `No RecommenderModels in namespace ${namespace}.` : modelTable(models, Date.now());
}

export function modelTable(models: readonly Model[], now: number): string {
  const rows = models.map((model) => {
    const { metadata, spec, status } = model;
    const weight = status?.candidate?.weight;
    return [
      metadata.name,
      spec.release.version,
      status?.champion?.version ?? '-',
      status?.candidate?.version ?? '-',
      weight === undefined ? '-' : `${weight}%`,
      status?.phase ?? '-',
      age(metadata.creationTimestamp, now),
      messageOf(model),
    ];
  });
  return table([['NAME', 'DESIRED', 'CHAMPION', 'CANDIDATE', 'WEIGHT', 'PHASE', 'AGE', 'MESSAGE'], ...rows]);
}

/** On a terminal the picture is redrawn; in a pipe each change is a line, or an object with -o. */
async function watch(api: Api, name: string | undefined, { output }: GetOptions, paint: Paint): Promise<void> {
  const drawn = process.stdout.isTTY && !isForPrograms(output);
  const look = () => read(api, name, drawn && output === undefined);
  const last = new Map<string, string>();
  let seen = await look();
  for (;;) {
    if (drawn) process.stdout.write(drawing(shown(api, seen, paint), process.stdout));
    else for (const model of seen.models) printChange(model, last, output);
    await pause(POLL_MS);
    seen = await orLastKnown(look, seen);
  }
}

function printChange(model: Model, last: Map<string, string>, output: Output | undefined): void {
  const { name, resourceVersion = '' } = model.metadata;
  const line = changeLine(model);
  const seen = isForPrograms(output) ? resourceVersion : line;
  if (last.get(name) === seen) return;
  last.set(name, seen);
  if (output === 'yaml') console.log(`---\n${formatted(model, output)}`);
  else if (output === 'json') console.log(JSON.stringify(JSON.parse(formatted(model, output))));
  else console.log(`${new Date().toISOString().slice(0, 19)}Z ${line}`);
}

/** One line that changes when anything notable does, e.g. `books Canary champion=1.0.0 candidate=2.0.0 weight=10% …`. */
export function changeLine(model: Model): string {
  const { champion, candidate, phase = 'Unknown' } = model.status ?? {};
  const running = candidate ? ` candidate=${candidate.version} weight=${candidate.weight ?? 0}%` : '';
  return `${model.metadata.name} ${phase} champion=${champion?.version ?? '-'}${running}: ${messageOf(model)}`;
}
